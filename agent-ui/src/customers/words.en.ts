export const words = {
  'customers.title': 'Customers',
  'customers.search': 'Name, phone, account or tax number',
  'customers.start': 'Find a customer',
  'customers.startHelp':
    'Type a name, any part of a phone, an account or a tax number. Arrows choose, Enter opens the card.',
  'customers.none': 'Nobody found',
  'customers.noneHelp': 'Check the spelling, or type the last digits of the phone: three suffice.',
  'customers.found': '{count, plural, one {# customer} other {# customers}}',
  'customers.foundMany': 'First {count}: narrow the search',
  'customers.choose': 'Choose a customer on the left',
  'customers.chooseHelp': 'His card opens here: debt, open matters and every conversation.',
  'customers.missing': 'No such customer',
  'customers.missingHelp': 'The card may have been deleted or merged with another. Search by name or phone.',
  'customers.debt': 'owes {amount}',
} as const;
