/** What decides how the map looks, apart from its data: a value, so that the style is a pure function of it. */
import type { LayerId, Selection } from '@/stores/view'

import type { MapTokens } from './tokens'

export interface Look {
  readonly tokens: MapTokens
  readonly language: 'zh' | 'en'
  /** Root font size against 16 px: a wall's labels and icons grow with everything else. */
  readonly scale: number
  readonly on: ReadonlySet<LayerId>
  /** Codes of areas that the posture's policy says to bring out. */
  readonly emphasised: ReadonlySet<string>
  readonly selected: Selection | null
  /** The tower that is cut open into floors, and the floor looked at. */
  readonly opened: { readonly building: string; readonly floor: number } | null
}

/**
 * How many zoom levels later things come up where everything is drawn larger: a wall that is scaled by two shows at zoom 15
 * the ground that a desk shows at 14, and there is room for as many names.
 */
export const lift = (look: Pick<Look, 'scale'>): number => Math.log2(look.scale)
