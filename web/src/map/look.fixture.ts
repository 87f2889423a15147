/** A look for tests. */
import { LAYERS_ON } from '@/stores/view'

import type { Look } from './look'
import { TOKENS, type MapTokens } from './tokens'

export const tokens = Object.fromEntries(
  Object.keys(TOKENS).map((name, n) => [name, `#${(n + 16).toString(16).padStart(2, '0').repeat(3)}`]),
) as MapTokens

export const look = (more: Partial<Look> = {}): Look => ({
  tokens,
  language: 'zh',
  scale: 1,
  on: new Set(LAYERS_ON),
  emphasised: new Set(),
  selected: null,
  opened: null,
  ...more,
})
