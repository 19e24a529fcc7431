export const words = {
  'live.up': 'Связь с сервером есть',
  'live.connecting': 'Подключение к серверу…',
  'live.down': 'Нет связи с сервером {age}. Разговор продолжается, экран догонит.',
  'live.off': 'Нет связи',
  'live.takenOver': 'Вы вошли на другом устройстве. Звонки приходят туда.',
  'live.otherTab': 'Dozvon открыт в другой вкладке. Телефон и звонки там.',
  'live.takeBack': 'Вернуть сюда',
  'live.takeHere': 'Работать здесь',
} as const;
