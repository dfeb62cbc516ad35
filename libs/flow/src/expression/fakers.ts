// Plausible made-up values, drawn from the run's own randomness so that a seed repeats them.
import type { Value } from '@testmesh/domain';

interface Sources {
  readonly now: number;
  readonly random: () => number;
  readonly uuid: () => string;
}

type Faker = (sources: Sources, args: readonly Value[]) => Value;

const FIRST = [
  'Ada',
  'Bela',
  'Carla',
  'Dario',
  'Elena',
  'Farid',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
  'Kira',
  'Luis',
  'Mina',
  'Nils',
  'Olga',
  'Pablo',
];
const LAST = [
  'Abel',
  'Berg',
  'Costa',
  'Dorn',
  'Ekman',
  'Fabri',
  'Gruber',
  'Holm',
  'Ivanova',
  'Jansen',
  'Keller',
  'Lopez',
  'Moreau',
  'Novak',
  'Okoye',
  'Peters',
];
const CITIES = [
  'Aarhus',
  'Bergen',
  'Bologna',
  'Cork',
  'Ghent',
  'Graz',
  'Leipzig',
  'Lyon',
  'Porto',
  'Tampere',
  'Utrecht',
  'Valencia',
];
const COUNTRIES = [
  'Austria',
  'Belgium',
  'Denmark',
  'Finland',
  'France',
  'Germany',
  'Ireland',
  'Italy',
  'Netherlands',
  'Norway',
  'Portugal',
  'Spain',
];
const STREETS = [
  'Bridge Street',
  'Garden Lane',
  'Harbour Road',
  'High Street',
  'Mill Lane',
  'Orchard Way',
  'Park Avenue',
  'Station Road',
];
const COMPANIES = ['Alder', 'Basalt', 'Cobalt', 'Delta', 'Ember', 'Fjord', 'Granite', 'Harbour'];
const FORMS = ['Ltd', 'Group', 'Works', 'Trading'];
const MATERIALS = ['Cotton', 'Steel', 'Wooden', 'Glass', 'Ceramic', 'Leather'];
const THINGS = ['Chair', 'Lamp', 'Mug', 'Notebook', 'Table', 'Backpack', 'Keyboard', 'Bottle'];
const WORDS = [
  'amber',
  'breeze',
  'candle',
  'drift',
  'ember',
  'field',
  'grove',
  'hollow',
  'island',
  'jade',
  'kelp',
  'lantern',
  'meadow',
  'north',
];

const pick =
  (choices: readonly string[]): Faker =>
  ({ random }) =>
    choices[Math.floor(random() * choices.length)] ?? '';

const between = (random: () => number, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));

const digits = (random: () => number, count: number): string =>
  Array.from({ length: count }, () => between(random, 0, 9)).join('');

const text = (value: Value): string => String(value);
const firstName = pick(FIRST);
const lastName = pick(LAST);
const word = pick(WORDS);
const userName: Faker = (sources, args) =>
  `${text(firstName(sources, args))}.${text(lastName(sources, args))}${between(sources.random, 1, 9999)}`.toLowerCase();
const words = (sources: Sources, count: number): string =>
  Array.from({ length: count }, () => text(word(sources, []))).join(' ');
const dayFrom = (sources: Sources, low: number, high: number): string =>
  new Date(sources.now + between(sources.random, low, high) * 86_400_000).toISOString().slice(0, 10);

/** By name without the `FAKER.` before it. */
export const fakers: Readonly<Record<string, Faker>> = {
  'name.firstName': firstName,
  'name.lastName': lastName,
  'name.fullName': (sources, args) => `${text(firstName(sources, args))} ${text(lastName(sources, args))}`,
  'internet.userName': userName,
  'internet.email': (sources, args) => `${text(userName(sources, args))}@example.com`,
  'internet.url': (sources, args) => `https://${text(word(sources, args))}.example.com`,
  'internet.domainName': (sources, args) => `${text(word(sources, args))}.example.com`,
  'internet.ip': ({ random }) => `192.0.2.${between(random, 1, 254)}`,
  'internet.password': ({ random }) => Array.from({ length: 16 }, () => between(random, 0, 35).toString(36)).join(''),
  'phone.number': ({ random }) => `+1555${digits(random, 7)}`,
  'address.street': (sources, args) => `${between(sources.random, 1, 199)} ${text(pick(STREETS)(sources, args))}`,
  'address.city': pick(CITIES),
  'address.country': pick(COUNTRIES),
  'address.zipCode': ({ random }) => digits(random, 5),
  'company.name': (sources, args) => `${text(pick(COMPANIES)(sources, args))} ${text(pick(FORMS)(sources, args))}`,
  'commerce.productName': (sources, args) =>
    `${text(pick(MATERIALS)(sources, args))} ${text(pick(THINGS)(sources, args))}`,
  'commerce.price': ({ random }) => between(random, 100, 99_999) / 100,
  'finance.amount': ({ random }, [low = 1, high = 1000]) =>
    between(random, Math.round(Number(low) * 100), Math.round(Number(high) * 100)) / 100,
  'finance.iban': ({ random }) => `DE${digits(random, 20)}`,
  'date.past': (sources) => dayFrom(sources, -365, -1),
  'date.future': (sources) => dayFrom(sources, 1, 365),
  'datatype.uuid': ({ uuid }) => uuid(),
  'datatype.boolean': ({ random }) => random() < 0.5,
  'datatype.number': ({ random }, [low = 0, high = 99_999]) => between(random, Number(low), Number(high)),
  'lorem.word': word,
  'lorem.sentence': (sources) => {
    const sentence = words(sources, 8);
    return `${sentence[0]?.toUpperCase() ?? ''}${sentence.slice(1)}.`;
  },
  'lorem.paragraph': (sources) => `${words(sources, 12)}. ${words(sources, 12)}. ${words(sources, 12)}.`,
  'random.word': word,
  'random.number': ({ random }, [low = 0, high = 99_999]) => between(random, Number(low), Number(high)),
};
