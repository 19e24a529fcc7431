import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { PhoneNumber } from '../dial/phone-number.tsx';
import type { MyWork } from '../live/hooks.ts';
import { Key } from '../ui/feedback.tsx';
import { useHotkeys } from '../ui/hotkeys.ts';
import { t } from '../ui/words.ts';
import classes from './desk.module.css';
import { clearPop } from './desk-state.ts';
import { useOrder } from './orders.ts';

/** The lead put before the agent: he reads, then dials or says why not. */
export function PreviewLead({ work, visible }: { work: MyWork; visible: boolean }) {
  const { preview, agent } = work;
  const { sending, order } = useOrder();
  const [skipping, setSkipping] = useState(false);
  const [reason, setReason] = useState('');
  const next = (): void => {
    clearPop();
    void order({ type: 'preview.next' });
  };
  const dial = (): void => {
    if (preview) void order({ type: 'preview.dial', leadId: preview.leadId });
  };
  const skip = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!preview || reason.trim() === '') return;
    if (await order({ type: 'preview.skip', leadId: preview.leadId, reason })) {
      setReason('');
      setSkipping(false);
    }
  };
  const free = agent?.state === 'ready' && !sending;
  useHotkeys({ KeyX: visible && !preview && free && next, F2: visible && preview !== null && free && dial });
  return (
    <section className={classes.preview} data-testid="preview">
      <h2 className={classes.heading}>{preview?.campaignName ?? t('desk.preview')}</h2>
      {preview ? (
        <>
          <strong data-testid="preview-name">{preview.name}</strong>
          <div className={classes.recentFacts}>
            <PhoneNumber phone={preview.phone} customerId={preview.customerId} onCall={free ? dial : null} />
            <span>{t('desk.previewAttempts', { count: preview.attempts })}</span>
          </div>
          <div className={classes.buttons}>
            <Button disabled={!free} rightSection={<Key>F2</Key>} onClick={dial} data-testid="preview-dial">
              {t('desk.previewDial')}
            </Button>
            <Button variant="default" onClick={() => setSkipping(!skipping)} data-testid="preview-skip">
              {t('desk.previewSkip')}
            </Button>
          </div>
          {skipping ? (
            <form onSubmit={(e) => void skip(e)}>
              <TextInput
                autoFocus
                maxLength={300}
                aria-label={t('desk.previewReason')}
                placeholder={t('desk.previewReason')}
                value={reason}
                onChange={(e) => setReason(e.currentTarget.value)}
                data-testid="preview-reason"
              />
            </form>
          ) : null}
        </>
      ) : (
        <>
          <p className="muted">{t('desk.previewEmpty')}</p>
          <Button
            variant="default"
            disabled={!free}
            rightSection={<Key>X</Key>}
            onClick={next}
            data-testid="preview-next"
          >
            {t('desk.previewNext')}
          </Button>
        </>
      )}
    </section>
  );
}
