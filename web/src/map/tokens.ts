/** The map's colours, read from the theme's css variables: colours live in theme/tokens.css alone. */
export const TOKENS = {
  ground: '--map-ground',
  water: '--map-water',
  shore: '--map-shore',
  green: '--map-green',
  road: '--map-road',
  block: '--map-block',
  tower: '--map-tower',
  towerTop: '--map-tower-top',
  label: '--map-label',
  label2: '--map-label-2',
  halo: '--map-halo',
  grid: '--map-grid',
  beat: '--map-beat',
  point: '--map-point',
  manned: '--map-manned',
  stale: '--stale',
  accent: '--accent',
  selected: '--map-selected',
  raised: '--bg-raised',
  text: '--text',
  onLevel: '--on-level',
  level1: '--level-1',
  level2: '--level-2',
  level3: '--level-3',
  level4: '--level-4',
  heat1: '--map-heat-1',
  heat2: '--map-heat-2',
  heat3: '--map-heat-3',
  heat4: '--map-heat-4',
} as const

export type MapTokens = { readonly [K in keyof typeof TOKENS]: string }

/** What the variables say on an element now (the theme's attribute must be on the page already). */
export function readTokens(element: Element = document.documentElement): MapTokens {
  const style = getComputedStyle(element)
  return Object.fromEntries(
    Object.entries(TOKENS).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]),
  ) as MapTokens
}

export const levelColour = (tokens: MapTokens, level: number): string =>
  [tokens.point, tokens.level1, tokens.level2, tokens.level3, tokens.level4][level] ?? tokens.point

/** `#rrggbb` as numbers 0..1; anything else is taken for grey, so that a missing variable never breaks the drawing. */
export function rgb(colour: string): [number, number, number] {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour.trim())
  if (!found) return [0.5, 0.5, 0.5]
  return [found[1]!, found[2]!, found[3]!].map((part) => parseInt(part, 16) / 255) as [number, number, number]
}

/** The colour with an opacity, as the style's expressions read it. */
export function faded(colour: string, opacity: number): string {
  const [r, g, b] = rgb(colour).map((part) => Math.round(part * 255))
  return `rgba(${r},${g},${b},${opacity})`
}
