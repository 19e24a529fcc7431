export const words = {
  'dial.call': 'Call {phone}',
  'dial.copy': 'Copy {phone}',
  'dial.copied': 'Number copied',
  'dial.group': 'Call',
  'dial.last': 'Last numbers',
} as const;
