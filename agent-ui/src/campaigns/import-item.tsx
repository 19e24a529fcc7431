import { Button } from '@mantine/core';
import { IconArrowBackUp, IconDownload, IconX } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { LeadImport } from '../../../server/campaigns/schema.ts';
import { ErrorNote, Loading } from '../ui/feedback.tsx';
import { formatCount, formatDuration } from '../ui/format.ts';
import { tellDone } from '../ui/notices.ts';
import { t, wordFor } from '../ui/words.ts';
import {
  campaignQuery,
  commandImport,
  importQuery,
  importsQuery,
  rejectsCsvPath,
  rejectsQuery,
} from './api.ts';
import classes from './import.module.css';
import { addSample, importPace, type ProgressSample } from './import-progress.ts';
import { ProgressBar } from './parts.tsx';

/** One import: its progress while it runs, then what came of it. `first` is what the list of imports said. */
export function ImportItem({ first }: { first: LeadImport }) {
  const cache = useQueryClient();
  const { data: one = first, error } = useQuery({ ...importQuery(first.id), initialData: first });
  const wasRunning = useRef(one.state === 'running');
  useEffect(() => {
    if (one.state === 'running') wasRunning.current = true;
    else if (wasRunning.current) {
      wasRunning.current = false;
      void cache.invalidateQueries({ queryKey: campaignQuery(one.campaignId).queryKey });
      void cache.invalidateQueries({ queryKey: ['campaigns', 'leads', one.campaignId] });
    }
  }, [one.state, one.campaignId, cache]);
  const act = useMutation({
    mutationFn: (command: 'cancel' | 'undo') => commandImport(one.id, command),
    onSuccess: (_nothing, command) => {
      if (command === 'undo') tellDone(t('imports.undone'));
      void cache.invalidateQueries({ queryKey: importQuery(one.id).queryKey });
      void cache.invalidateQueries({ queryKey: importsQuery(one.campaignId).queryKey });
      void cache.invalidateQueries({ queryKey: campaignQuery(one.campaignId).queryKey });
      void cache.invalidateQueries({ queryKey: ['campaigns', 'leads', one.campaignId] });
    },
  });
  return (
    <article className={classes.item} data-testid={`import-${one.id}`} data-state={one.state}>
      <header className={classes.itemHead}>
        <span className={classes.file} title={one.fileName}>
          {one.fileName}
        </span>
        <span className={classes.state} data-state={one.state} data-testid="import-state">
          {wordFor('imports.state', one.state)}
        </span>
        <span style={{ flex: 1 }} />
        {one.state === 'running' ? (
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconX size={12} aria-hidden />}
            loading={act.isPending}
            onClick={() => act.mutate('cancel')}
            data-testid="import-cancel"
          >
            {t('imports.cancel')}
          </Button>
        ) : null}
        {one.state === 'finished' && one.imported > 0 ? (
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconArrowBackUp size={12} aria-hidden />}
            title={t('imports.undoHelp')}
            loading={act.isPending}
            onClick={() => act.mutate('undo')}
            data-testid="import-undo"
          >
            {t('imports.undo')}
          </Button>
        ) : null}
      </header>
      {one.state === 'running' ? <Progress one={one} /> : <Result one={one} />}
      {error ? <ErrorNote error={error} /> : null}
      {act.error ? <ErrorNote error={act.error} /> : null}
    </article>
  );
}

function Progress({ one }: { one: LeadImport }) {
  const [samples, setSamples] = useState<readonly ProgressSample[]>([]);
  useEffect(() => {
    setSamples((before) => addSample(before, one, performance.now()));
  }, [one]);
  const pace = importPace(samples, one.bytesTotal);
  return (
    <>
      <ProgressBar done={one.bytesRead} total={one.bytesTotal} label={one.fileName} />
      <p className={`figure ${classes.pace}`} data-testid="import-pace">
        <span>{t('imports.rows', { count: one.rows })}</span>
        {pace.rowsPerSecond === null ? null : (
          <span>{t('imports.rate', { rate: formatCount(pace.rowsPerSecond) })}</span>
        )}
        {pace.share === 1 ? (
          <span>{t('imports.saving')}</span>
        ) : pace.leftMs === null ? null : (
          <span>{t('imports.left', { left: formatDuration(pace.leftMs) })}</span>
        )}
      </p>
    </>
  );
}

function Result({ one }: { one: LeadImport }) {
  const [open, setOpen] = useState(false);
  const reasons = Object.entries(one.rejected).sort((a, b) => b[1] - a[1]);
  const rejected = reasons.reduce((sum, [, count]) => sum + count, 0);
  return (
    <>
      {one.error ? (
        <p className={classes.trouble} role="alert" data-testid="import-error">
          {failure(one.error)} {t('imports.nothingImported')}
        </p>
      ) : null}
      <dl className={classes.figures}>
        <Figure label={t('imports.readRows')} value={one.rows} testId="import-rows" />
        <Figure label={t('imports.imported')} value={one.imported} testId="import-imported" />
        <Figure label={t('imports.duplicates')} value={one.duplicates} testId="import-duplicates" />
        <Figure label={t('imports.rejected')} value={rejected} testId="import-rejected" />
      </dl>
      {one.encoding && one.separator ? (
        <p className={classes.help}>
          {t('imports.format', { encoding: one.encoding, separator: separatorName(one.separator) })}
        </p>
      ) : null}
      {rejected > 0 ? (
        <>
          <ul className={classes.reasons}>
            {reasons.map(([reason, count]) => (
              <li key={reason} data-testid={`reject-reason-${reason}`}>
                <span>{wordFor('reject', reason)}</span>
                <span className="num">{formatCount(count)}</span>
              </li>
            ))}
          </ul>
          <div className={classes.actions}>
            <Button
              variant="default"
              size="compact-xs"
              aria-expanded={open}
              onClick={() => setOpen(!open)}
              data-testid="import-show-rejects"
            >
              {t(open ? 'imports.hideRejects' : 'imports.showRejects')}
            </Button>
            <Button
              component="a"
              href={rejectsCsvPath(one.id)}
              download
              variant="subtle"
              size="compact-xs"
              leftSection={<IconDownload size={12} aria-hidden />}
              data-testid="import-download-rejects"
            >
              {t('imports.downloadRejects')}
            </Button>
          </div>
          {open ? <Rejects importId={one.id} /> : null}
        </>
      ) : null}
    </>
  );
}

function Figure({ label, value, testId }: { label: string; value: number; testId: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="figure" data-testid={testId}>
        {formatCount(value)}
      </dd>
    </div>
  );
}

function Rejects({ importId }: { importId: number }) {
  const rejects = useInfiniteQuery(rejectsQuery(importId));
  if (rejects.isPending) return <Loading lines={4} />;
  if (rejects.error) return <ErrorNote error={rejects.error} retry={() => void rejects.refetch()} />;
  return (
    <>
      <div className={classes.rejects}>
        <table className={classes.table} data-testid="rejects-table">
          <thead>
            <tr>
              <th className="num" style={{ width: 70 }}>
                {t('imports.line')}
              </th>
              <th style={{ width: 210 }}>{t('imports.reason')}</th>
              <th>{t('imports.raw')}</th>
            </tr>
          </thead>
          <tbody>
            {rejects.data.pages.flat().map((reject) => (
              <tr key={reject.line} data-testid={`reject-${reject.line}`}>
                <td className="num">{reject.line}</td>
                <td className={classes.why}>{wordFor('reject', reject.reason)}</td>
                <td className={classes.raw} title={reject.raw}>
                  {reject.raw}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rejects.hasNextPage ? (
        <Button
          variant="default"
          size="compact-xs"
          loading={rejects.isFetchingNextPage}
          onClick={() => void rejects.fetchNextPage()}
        >
          {t('ui.more')}
        </Button>
      ) : null}
    </>
  );
}

/** Why a whole import failed: the server's `reason: detail` in words, e.g. which columns it found instead. */
function failure(error: string): string {
  const [reason = '', ...rest] = error.split(': ');
  const detail = rest.join(': ');
  const sentence = wordFor('importError', reason);
  return detail === '' ? sentence : `${sentence} ${t('importError.found', { detail })}`;
}

function separatorName(separator: string): string {
  return separator === '\t' || separator === 'tab' ? t('imports.separator.tab') : `«${separator}»`;
}
