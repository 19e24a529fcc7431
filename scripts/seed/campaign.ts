/** The demo campaign: numbers of every behaviour of the test exchange (docs/test-exchange.md). Pure. */

export const campaignName = 'Опрос о качестве связи';

export const campaignScript = `Здравствуйте! Меня зовут …, компания «Северная сеть».
Мы проверяем, как у вас работает интернет. Это займёт минуту. Удобно говорить?

1. Как вы оцениваете скорость от 1 до 5?
2. Бывают ли обрывы? Как часто, в какое время?
3. Что нам исправить в первую очередь?

Спасибо! Если будет нужна помощь: 8 800 555-35-35, звонок бесплатный.`;

const numbersOf = (behaviour: number, count: number, parameter: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => `+7999${behaviour}${parameter(i)}`);
const plain = (i: number): string => String(i + 1).padStart(4, '0');
/** Rings 2 to 5 s and stays 21 s and more. */
const ringAndStay = (i: number): string => `0${2 + (i % 4)}${21 + i}`;

/** 28 numbers that are nobody's we know; twelve more of the campaign belong to customers. */
export const strangers: readonly string[] = [
  ...numbersOf(108, 6, (i) => ringAndStay(60 + i)), // says hello and listens
  ...numbersOf(101, 3, plain), // busy
  ...numbersOf(102, 4, plain), // no answer
  ...numbersOf(103, 2, plain), // invalid
  ...numbersOf(104, 2, plain), // rejects
  ...numbersOf(105, 2, plain), // unreachable
  ...numbersOf(106, 1, plain), // congestion
  ...numbersOf(107, 4, (i) => `0${3 + i}00`), // answering machine
  ...numbersOf(109, 2, (i) => `${15 + i}00`), // hangs up after 1.5 s
  ...numbersOf(115, 1, plain), // number changed
  ...numbersOf(116, 1, plain), // no response
];
