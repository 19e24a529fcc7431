export const words = {
  'signIn.login': 'Логин',
  'signIn.password': 'Пароль',
  'signIn.submit': 'Войти',
  'signIn.demo': 'Демонстрация: войти как',
  'signIn.tagline': 'Контакт-центр',
} as const;
