export const words = {
  'signIn.title': 'Вход',
  'signIn.login': 'Логин',
  'signIn.password': 'Пароль',
  'signIn.submit': 'Войти',
  'signIn.demo': 'Демонстрация: войти как',
  'signIn.tagline': 'Контакт-центр',
} as const;
