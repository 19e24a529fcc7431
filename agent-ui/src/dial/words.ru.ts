export const words = {
  'dial.call': 'Позвонить: {phone}',
  'dial.copy': 'Скопировать {phone}',
  'dial.copied': 'Номер скопирован',
  'dial.group': 'Позвонить',
  'dial.last': 'Последние номера',
} as const;
