import { ActionIcon, SegmentedControl } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { t } from '../ui/words.ts';
import classes from './panel.module.css';

const voices = ['both', 'customer', 'agent'] as const;
type Voice = (typeof voices)[number];
const speeds = ['1', '1.5', '2'] as const;

/** The recording has the customer on the left and the agent on the right: each can be heard alone. */
export function RecordingPlayer({ callId }: { callId: string }) {
  const audio = useRef<HTMLAudioElement>(null);
  const mixer = useRef<Mixer>(null);
  const [voice, setVoice] = useState<Voice>('both');
  const [speed, setSpeed] = useState<string>('1');
  const [failed, setFailed] = useState(false);
  const path = `/api/calls/${encodeURIComponent(callId)}/recording`;
  useEffect(() => () => mixer.current?.close(), []);

  const choose = (next: Voice): void => {
    setVoice(next);
    // An audio context may only start from a person's act, so it is made at the first choice.
    if (audio.current) mixer.current ??= makeMixer(audio.current);
    mixer.current?.hear(next);
  };
  return (
    <section className={classes.recording} aria-label={t('recording.listen')} data-testid="recording">
      {/* biome-ignore lint/a11y/useMediaCaption: a telephone call has no captions */}
      <audio
        ref={audio}
        controls
        preload="metadata"
        src={path}
        onError={() => setFailed(true)}
        onLoadedMetadata={() => setFailed(false)}
      />
      <div className={classes.recordingControls}>
        <SegmentedControl
          size="xs"
          aria-label={t('recording.voices')}
          data={voices.map((one) => ({ value: one, label: t(`recording.${one}`) }))}
          value={voice}
          onChange={(next) => choose(next as Voice)}
        />
        <SegmentedControl
          size="xs"
          aria-label={t('recording.speed')}
          data={speeds.map((one) => ({ value: one, label: `${one}×` }))}
          value={speed}
          onChange={(next) => {
            setSpeed(next);
            if (audio.current) audio.current.playbackRate = Number(next);
          }}
        />
        <ActionIcon
          component="a"
          href={path}
          download={`${callId}.wav`}
          variant="subtle"
          aria-label={t('recording.download')}
          title={t('recording.download')}
        >
          <IconDownload size={16} aria-hidden />
        </ActionIcon>
      </div>
      {failed ? (
        <p role="alert" className={classes.note}>
          {t('recording.failed')}
        </p>
      ) : null}
    </section>
  );
}

interface Mixer {
  readonly hear: (voice: Voice) => void;
  readonly close: () => void;
}

/** Puts one or both channels of the recording on both ears. */
function makeMixer(audio: HTMLAudioElement): Mixer {
  const context = new AudioContext();
  const splitter = context.createChannelSplitter(2);
  const customer = context.createGain();
  const agent = context.createGain();
  context.createMediaElementSource(audio).connect(splitter);
  splitter.connect(customer, 0);
  splitter.connect(agent, 1);
  customer.connect(context.destination);
  agent.connect(context.destination);
  return {
    hear: (voice) => {
      customer.gain.value = voice === 'agent' ? 0 : 1;
      agent.gain.value = voice === 'customer' ? 0 : 1;
      void context.resume();
    },
    close: () => void context.close(),
  };
}
