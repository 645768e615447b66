/**
 * SVG text by hand: escaping, numbers, scales, axes. Colours are classes, so that one style sheet serves
 * light and dark (Okabe and Ito's colour-blind-safe palette).
 */

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '?');
}

/** At most two places and no exponent: the same on every machine. */
export function coordinate(value: number): string {
  const text = value.toFixed(2).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

export type Scale = (value: number) => number;

export type Range = { readonly from: number; readonly to: number };

export function logScale(domain: Range, range: Range): Scale {
  const span = Math.log2(domain.to / domain.from) || 1;
  return (value) => range.from + (Math.log2(value / domain.from) / span) * (range.to - range.from);
}

export function linearScale(domain: Range, range: Range): Scale {
  const span = domain.to - domain.from || 1;
  return (value) => range.from + ((value - domain.from) / span) * (range.to - range.from);
}

/** Powers of two in the range, thinned to at most `most`. */
export function powerTicks(domain: Range, most: number): readonly number[] {
  const first = Math.ceil(Math.log2(domain.from) - 1e-9);
  const last = Math.floor(Math.log2(domain.to) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += step) ticks.push(2 ** power);
  return ticks;
}

export function pathOf(points: readonly (readonly [number, number])[]): string {
  return points
    .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
    .map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${coordinate(x)} ${coordinate(y)}`)
    .join('');
}

export type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, content = ''): string {
  const listed = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === 'number' ? coordinate(value) : escapeXml(value);
    return ` ${key}="${text}"`;
  });
  const start = `<${name}${listed.join('')}`;
  return content === '' ? `${start}/>` : `${start}>${content}</${name}>`;
}

export type TextPlace = {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly className?: string;
};

export function textAt(place: TextPlace, text: string): string {
  const attributes = {
    x: place.x,
    y: place.y,
    'text-anchor': place.anchor,
    class: place.className ?? '',
  };
  return element('text', attributes, escapeXml(text) || ' ');
}

/** The whole picture with title and description for readers that cannot see it. */
export function picture(
  size: { readonly width: number; readonly height: number },
  words: { readonly id: string; readonly title: string; readonly description: string },
  content: string,
): string {
  const { width, height } = size;
  const labels = `${words.id}-t ${words.id}-d`;
  const head =
    element('title', { id: `${words.id}-t` }, escapeXml(words.title) || ' ') +
    element('desc', { id: `${words.id}-d` }, escapeXml(words.description) || ' ');
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-labelledby': labels,
  };
  return element('svg', attributes, head + content);
}
