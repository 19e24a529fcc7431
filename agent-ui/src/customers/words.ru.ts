export const words = {
  'customers.title': 'Клиенты',
  'customers.search': 'Имя, телефон, лицевой счёт или ИНН',
  'customers.start': 'Найдите клиента',
  'customers.startHelp':
    'Начните вводить имя, любую часть телефона, лицевой счёт или ИНН. Стрелки выбирают, Enter открывает карточку.',
  'customers.none': 'Никто не найден',
  'customers.noneHelp': 'Проверьте написание или введите последние цифры телефона: достаточно трёх.',
  'customers.found': '{count, plural, one {# клиент} few {# клиента} many {# клиентов} other {# клиента}}',
  'customers.foundMany': 'Первые {count}: уточните запрос',
  'customers.choose': 'Выберите клиента слева',
  'customers.chooseHelp': 'Здесь откроется его карточка: долг, открытые вопросы и все разговоры.',
  'customers.missing': 'Такого клиента нет',
  'customers.missingHelp':
    'Карточка могла быть удалена или объединена с другой. Найдите клиента по имени или телефону.',
  'customers.debt': 'долг {amount}',
} as const;
