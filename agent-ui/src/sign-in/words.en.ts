export const words = {
  'signIn.login': 'Login',
  'signIn.password': 'Password',
  'signIn.submit': 'Sign in',
  'signIn.demo': 'Demo: sign in as',
  'signIn.tagline': 'Contact centre',
} as const;
