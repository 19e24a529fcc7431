export const words = {
  'live.up': 'Connected to the server',
  'live.connecting': 'Connecting to the server…',
  'live.down': 'No connection to the server for {age}. The talk goes on; the screen will catch up.',
  'live.off': 'Not connected',
  'live.takenOver': 'You have signed in elsewhere. Calls come there.',
  'live.otherTab': 'Dozvon is open in another tab. The phone and the calls are there.',
  'live.takeBack': 'Take back here',
  'live.takeHere': 'Work here',
} as const;
