export const words = {
  'live.up': 'Connected to the server',
  'live.connecting': 'Connecting to the server…',
  'live.down': 'No connection to the server for {age}. The talk goes on; the screen will catch up.',
  'live.off': 'Not connected',
  'live.takenOver': 'You have signed in elsewhere. Calls come there.',
  'live.otherTab': 'The phone is in another tab: calls and voice are there. Here you can read and write.',
  'live.takeBack': 'Take back here',
  'live.takeHere': 'Move the phone here',
} as const;
