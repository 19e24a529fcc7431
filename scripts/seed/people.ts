import type { Random } from './random.ts';

/** Who the demo company's customers are: names, addresses, taxpayer numbers. All invented. Pure. */

const surnames =
  'Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев Соловьёв Борисов Яковлев Григорьев Романов Воробьёв Сергеев Кузьмин Фролов Александров Дмитриев Королёв Гусев Киселёв'.split(
    ' ',
  );
const men =
  'Александр Дмитрий Максим Сергей Андрей Алексей Иван Михаил Николай Пётр Владимир Павел Роман Виктор Юрий'.split(
    ' ',
  );
const women =
  'Анна Мария Елена Ольга Наталья Ирина Татьяна Светлана Екатерина Юлия Галина Людмила Вера Полина Марина'.split(
    ' ',
  );
/** Roots: -ич and -на follow. */
const fathers =
  'Александров Дмитриев Сергеев Андреев Алексеев Иванов Михайлов Николаев Петров Владимиров Павлов Викторов Юрьев Борисов Степанов'.split(
    ' ',
  );

export function makePersonName(random: Random): string {
  const surname = random.pick(surnames);
  const father = random.pick(fathers);
  return random.chance(0.5)
    ? `${surname} ${random.pick(men)} ${father}ич`
    : `${surname}а ${random.pick(women)} ${father}на`;
}

const companyNames =
  'Ромашка Вектор Альянс Горизонт Меридиан Северстрой Технолайн Гранит Оптима Прогресс Аквилон Лидер-Торг Стройинвест Медсервис Фармалюкс Автодом Пекарня№1 Мебельград Спецмонтаж Экопродукт Логистик-Плюс Книжный-Двор Стоматология-32 Цветочный-Базар Кофейня-На-Углу Типография-Буква ЭлектроМир Чистый-Дом Юрист-и-Партнёры Турбюро-Компас'.split(
    ' ',
  );

/** The n-th company; after the list is through, another legal form makes it another company. */
export function makeCompanyName(n: number): string {
  const name = companyNames[n % companyNames.length]!.replaceAll('-', ' ').replace('№', ' № ');
  const form = ['ООО', 'АО', 'ТСЖ'][Math.floor(n / companyNames.length)] ?? 'ООО';
  return `${form} «${name}»`;
}

/** City, its share in a hundred customers, IANA zone. */
const cities: readonly (readonly [string, number, string])[] = [
  ['Москва', 48, 'Europe/Moscow'],
  ['Санкт-Петербург', 14, 'Europe/Moscow'],
  ['Тверь', 6, 'Europe/Moscow'],
  ['Казань', 6, 'Europe/Moscow'],
  ['Самара', 5, 'Europe/Samara'],
  ['Екатеринбург', 6, 'Asia/Yekaterinburg'],
  ['Омск', 3, 'Asia/Omsk'],
  ['Новосибирск', 5, 'Asia/Novosibirsk'],
  ['Красноярск', 2, 'Asia/Krasnoyarsk'],
  ['Иркутск', 2, 'Asia/Irkutsk'],
  ['Владивосток', 2, 'Asia/Vladivostok'],
  ['Калининград', 1, 'Europe/Kaliningrad'],
];
const streets = [
  'ул. Ленина',
  'ул. Мира',
  'ул. Гагарина',
  'пр. Победы',
  'ул. Садовая',
  'ул. Лесная',
  'ул. Советская',
  'ул. Молодёжная',
  'ул. Набережная',
  'пер. Школьный',
  'ул. Чехова',
  'б-р Строителей',
];

export function makeAddress(random: Random, company: boolean): { address: string; timeZone: string } {
  let ticket = random.int(0, 99);
  const [city, , timeZone] = cities.find(([, share]) => {
    ticket -= share;
    return ticket < 0;
  })!;
  const place = company ? `офис ${random.int(1, 40)}` : `кв. ${random.int(1, 180)}`;
  return { address: `${city}, ${random.pick(streets)}, д. ${random.int(1, 96)}, ${place}`, timeZone };
}

/** A valid taxpayer number: 10 digits for a company, 12 for a person; the last one or two are check digits. */
export function makeInn(random: Random, company: boolean): string {
  const digits = [7, 7, ...Array.from({ length: company ? 7 : 8 }, () => random.int(0, 9))];
  const weights = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
  const addCheck = (): void => {
    const used = weights.slice(weights.length - digits.length);
    digits.push((digits.reduce((sum, digit, i) => sum + digit * used[i]!, 0) % 11) % 10);
  };
  addCheck();
  if (!company) addCheck();
  return digits.join('');
}
