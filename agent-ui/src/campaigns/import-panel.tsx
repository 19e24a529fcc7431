import { Button, Loader } from '@mantine/core';
import { IconDownload, IconFileUpload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useId, useRef, useState } from 'react';
import { EmptyState, ErrorNote, Loading } from '../ui/feedback.tsx';
import { t, wordFor } from '../ui/words.ts';
import { campaignQuery, importQuery, importsQuery, uploadImport } from './api.ts';
import classes from './import.module.css';
import { downloadSample, fileTrouble, formatBytes } from './import-file.ts';
import { ImportItem } from './import-item.tsx';

/** Loading a list: drop or choose a CSV, watch it being read, see what was rejected and why. */
export function ImportPanel({ campaignId }: { campaignId: number }) {
  const imports = useQuery(importsQuery(campaignId));
  return (
    <div className={classes.columns}>
      <div>
        <Upload campaignId={campaignId} />
        <Columns />
      </div>
      <section aria-labelledby="imports-list">
        <h2 id="imports-list" className={classes.subtitle}>
          {t('imports.list')}
        </h2>
        {imports.error ? <ErrorNote error={imports.error} retry={() => void imports.refetch()} /> : null}
        {imports.isPending ? <Loading lines={3} height={40} /> : null}
        {imports.data?.length === 0 ? <EmptyState title={t('imports.none')} /> : null}
        {[...(imports.data ?? [])]
          .sort((a, b) => b.id - a.id)
          .map((one) => (
            <ImportItem key={one.id} first={one} />
          ))}
      </section>
    </div>
  );
}

function Upload({ campaignId }: { campaignId: number }) {
  const cache = useQueryClient();
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [trouble, setTrouble] = useState<ReturnType<typeof fileTrouble>>(null);
  const sending = useRef<AbortController>(null);
  const upload = useMutation({
    mutationFn: (file: File) => {
      sending.current = new AbortController();
      return uploadImport(campaignId, file, sending.current.signal);
    },
    onSuccess: (started) => {
      cache.setQueryData(importQuery(started.id).queryKey, started);
      void cache.invalidateQueries({ queryKey: importsQuery(campaignId).queryKey });
      void cache.invalidateQueries({ queryKey: campaignQuery(campaignId).queryKey });
    },
  });
  const take = (file: File | undefined): void => {
    if (!file || upload.isPending) return;
    const wrong = fileTrouble(file);
    setTrouble(wrong);
    upload.reset();
    if (wrong === null) upload.mutate(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  const inputId = useId();
  const aborted = upload.error instanceof DOMException;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is the mouse's shortcut for the button inside
    <div
      className={classes.drop}
      data-over={over}
      data-testid="import-drop"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {upload.isPending ? (
        <div className={classes.sending} role="status">
          <Loader size={16} />
          <span>
            {t('imports.uploading', {
              name: upload.variables.name,
              size: formatBytes(upload.variables.size),
            })}
          </span>
          <Button variant="default" size="compact-xs" onClick={() => sending.current?.abort()}>
            {t('ui.cancel')}
          </Button>
        </div>
      ) : (
        <div className={classes.sending}>
          <IconFileUpload size={22} aria-hidden />
          <span>{t('imports.drop')}</span>
          <Button onClick={() => chooser.current?.click()}>{t('imports.choose')}</Button>
        </div>
      )}
      <label htmlFor={inputId} className="visually-hidden">
        {t('imports.choose')}
      </label>
      <input
        id={inputId}
        ref={chooser}
        type="file"
        accept=".csv,.txt,text/csv,text/plain"
        className="visually-hidden"
        tabIndex={-1}
        data-testid="import-file"
        onChange={(event) => {
          take(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
      <p className={classes.help}>{t('imports.limits')}</p>
      {trouble ? (
        <p role="alert" className={classes.trouble}>
          {wordFor('imports', trouble)}
        </p>
      ) : null}
      {upload.error && !aborted ? <ErrorNote error={upload.error} /> : null}
    </div>
  );
}

const columns = ['name', 'phone', 'zone', 'rest'] as const;

/** What a file should look like, with a sample to fill in. */
function Columns() {
  const examples = {
    name: t('imports.sampleName1'),
    phone: '+7 916 123-45-67',
    zone: 'Asia/Yekaterinburg',
    rest: t('imports.sampleComment1'),
  };
  return (
    <section className={classes.columnsHelp}>
      <p className={classes.help}>{t('imports.columns')}</p>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t('imports.column')}</th>
            <th>{t('imports.headers')}</th>
            <th>{t('imports.example')}</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <tr key={column}>
              <td>{wordFor('imports.col', column)}</td>
              <td>{wordFor('imports.col', `${column}.headers`)}</td>
              <td className="figure">{examples[column]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconDownload size={14} aria-hidden />}
        onClick={downloadSample}
        data-testid="import-sample"
      >
        {t('imports.sample')}
      </Button>
    </section>
  );
}
