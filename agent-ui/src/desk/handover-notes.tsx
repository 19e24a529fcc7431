import type { CallView } from '../../../server/live/schema.ts';
import { formatTime } from '../ui/format.ts';
import { useUser } from '../ui/session.ts';
import { t } from '../ui/words.ts';
import classes from './desk.module.css';
import { useNames } from './team.ts';

/** What those who had this call before wrote for whoever has it now, newest first, above the card. */
export function HandoverNotes({ call }: { call: CallView }) {
  const me = useUser();
  const notes = call.notes.filter((note) => note.text !== '' && note.agentId !== me.id).toReversed();
  return notes.length === 0 ? null : <Notes notes={notes} />;
}

function Notes({ notes }: { notes: CallView['notes'] }) {
  const nameOf = useNames();
  return (
    <section className={classes.handover} aria-label={t('desk.handover')} data-testid="handover-notes">
      {notes.map((note) => (
        <p key={`${note.agentId} ${note.at}`}>
          <strong>
            {nameOf(note.agentId)}, {formatTime(note.at)}:
          </strong>{' '}
          {note.text}
        </p>
      ))}
    </section>
  );
}
