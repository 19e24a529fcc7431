export const words = {
  'phone.online': 'Phone connected',
  'phone.starting': 'Connecting the phone…',
  'phone.offline': 'Phone not connected',
  'phone.off': 'Phone off',
  'phone.legUp': 'Leg up',
  'phone.quality': 'Loss {loss}%, jitter {jitter} ms, delay {rtt} ms',
  'phone.qualityPoor': 'Poor connection: loss {loss}%, delay {rtt} ms',
  'phone.problem.micRefused': 'The browser refuses the microphone.',
  'phone.problem.micRefused.do':
    'Click the sign left of the page’s address, allow the microphone, then press “Try again”.',
  'phone.problem.noMicrophone': 'No microphone found.',
  'phone.problem.noMicrophone.do': 'Plug in your headset: the phone comes on by itself.',
  'phone.problem.micBusy': 'Another program holds the microphone.',
  'phone.problem.micBusy.do': 'Close it and press “Try again”.',
  'phone.problem.insecurePage': 'Browsers give the microphone to secure pages only.',
  'phone.problem.insecurePage.do': 'Open Dozvon at the address that begins with https://.',
  'phone.problem.wssUnreachable': 'The browser cannot reach the exchange.',
  'phone.problem.wssUnreachable.do':
    'If its certificate is self-signed, open the link, accept it and come back: the phone connects by itself.',
  'phone.problem.wssLink': 'Open the exchange’s address',
  'phone.problem.registrationRefused': 'The exchange did not accept the phone.',
  'phone.problem.registrationRefused.do':
    'We keep trying. If it is not there in a minute, sign out and in again.',
  'phone.problem.noCredentials': 'The server gave no access to the phone.',
  'phone.problem.noCredentials.do': 'We keep trying. If it is not there in a minute, tell your supervisor.',
  'phone.cleanMic': 'Microphone noise suppression',
  'phone.notifyTitle': '{who} is calling',
} as const;
