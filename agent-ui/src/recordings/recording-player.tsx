import { ActionIcon, SegmentedControl } from '@mantine/core';
import { IconDownload, IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type RecordingFactsView, voices } from '../../../server/recordings/schema.ts';
import { ErrorNote, Loading } from '../ui/feedback.tsx';
import { formatDuration } from '../ui/format.ts';
import { t } from '../ui/words.ts';
import { recordingFactsQuery, soundPath } from './api.ts';
import { RecordingKeeping } from './keeping.tsx';
import classes from './player.module.css';
import { type HeardVoice, heardVoices, useSound } from './sound.ts';
import { DeletedNote, TroubleNote } from './trouble.tsx';
import { WaveformBar } from './waveform-bar.tsx';

const speeds = ['1', '1.25', '1.5', '2'] as const;

/** A call's recording: plays in place, shows both voices, says what is wrong with it and how long it is kept. */
export function RecordingPlayer({ callId, playAtOnce = false }: { callId: string; playAtOnce?: boolean }) {
  const { data: facts, error, refetch } = useQuery(recordingFactsQuery(callId));
  return (
    <section
      className={classes.player}
      aria-label={t('recording.listen')}
      data-testid="recording"
      data-state={facts?.state}
    >
      {error ? (
        <ErrorNote error={error} retry={() => void refetch()} />
      ) : !facts ? (
        <Loading lines={2} height={28} />
      ) : facts.deleted ? (
        <DeletedNote facts={facts} />
      ) : facts.finding?.missing.length === voices.length ? (
        <TroubleNote facts={facts} />
      ) : (
        <Player facts={facts} playAtOnce={playAtOnce} />
      )}
    </section>
  );
}

function Player({ facts, playAtOnce }: { facts: RecordingFactsView; playAtOnce: boolean }) {
  const { callId, lengthMs, may } = facts;
  const sound = useSound(callId, playAtOnce);
  const [voice, setVoice] = useState<HeardVoice>('both');
  const [speed, setSpeed] = useState<string>('1');
  const label = t(sound.playing ? 'recording.pause' : 'recording.play');
  return (
    <>
      <TroubleNote facts={facts} />
      <div className={classes.main}>
        <ActionIcon
          size={36}
          radius="xl"
          onClick={sound.toggle}
          aria-label={label}
          title={label}
          data-testid="recording-play"
          data-playing={sound.playing}
        >
          {sound.playing ? <IconPlayerPauseFilled size={18} /> : <IconPlayerPlayFilled size={18} />}
        </ActionIcon>
        <WaveformBar facts={facts} seconds={sound.seconds} seek={sound.seek} toggle={sound.toggle} />
        <span className={classes.time} data-testid="recording-time">
          {formatDuration(sound.seconds * 1000)}
          <span className="muted">{formatDuration(lengthMs)}</span>
        </span>
      </div>
      {sound.refusal ? <ErrorNote error={sound.refusal} retry={sound.toggle} /> : null}
      <div className={classes.controls}>
        <SegmentedControl
          size="xs"
          aria-label={t('recording.voices')}
          data={heardVoices.map((one) => ({ value: one, label: t(`recording.${one}`) }))}
          value={voice}
          onChange={(next) => {
            setVoice(next as HeardVoice);
            sound.hear(next as HeardVoice);
          }}
        />
        <SegmentedControl
          size="xs"
          aria-label={t('recording.speed')}
          data={speeds.map((one) => ({ value: one, label: `${one}×` }))}
          value={speed}
          onChange={(next) => {
            setSpeed(next);
            sound.setSpeed(Number(next));
          }}
        />
        {may.download ? (
          <ActionIcon
            component="a"
            href={`${soundPath(callId)}?download=1`}
            download
            variant="subtle"
            aria-label={t('recording.download')}
            title={t('recording.download')}
            data-testid="recording-download"
          >
            <IconDownload size={16} aria-hidden />
          </ActionIcon>
        ) : null}
      </div>
      <RecordingKeeping facts={facts} />
    </>
  );
}
