/** The layers as the panel groups them, and how a kept choice becomes the set that is on. */
import type { Layers } from '@/api/schema'
import { LAYERS, LAYERS_ON, type LayerId } from '@/stores/view'

export const GROUPS = [
  { id: 'work', layers: ['incidents', 'cases', 'posts', 'points'] },
  {
    id: 'areas',
    layers: ['ring', 'grid2', 'grid3', 'micro', 'dedicated', 'dedicated_micro', 'beat', 'scene'],
  },
  { id: 'things', layers: ['cameras', 'counters', 'gauges', 'gates', 'screens', 'parking', 'other_assets'] },
  { id: 'heat', layers: ['heat_risk', 'heat_crowd'] },
  { id: 'ground', layers: ['buildings', 'blocks', 'labels'] },
] as const satisfies readonly { id: string; layers: readonly LayerId[] }[]

/** What was never chosen is as the console has it. */
export function layersFrom(kept: Layers | null | undefined): Set<LayerId> {
  return new Set(LAYERS.filter((id) => kept?.[id] ?? LAYERS_ON.includes(id)))
}

/** Only what differs from the console's own choice is kept: a new default then reaches those who never chose. */
export function layersToKeep(on: ReadonlySet<LayerId>): Layers {
  return Object.fromEntries(
    LAYERS.filter((id) => on.has(id) !== LAYERS_ON.includes(id)).map((id) => [id, on.has(id)]),
  )
}
