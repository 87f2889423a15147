/** The way a case has gone, as a path that can be read: what is done, where it stands, what was passed over and by which step. */
import type { CaseDetail, StageOut, StepOut } from '@/api/schema'

export type StageMark = 'done' | 'here' | 'skipped' | 'ahead' | 'never'

export interface Stage {
  state: string
  name_zh: string
  name_en: string
  at: string | null
  mark: StageMark
  /** The step by which the stage was passed over. */
  by: Pick<StepOut, 'verb' | 'verb_zh' | 'verb_en' | 'at'> | null
  /** An urgent kind is sent out first and filed within its time. */
  urgentFirst: boolean
}

export interface Path {
  stages: Stage[]
  /** Where the case stands beside the main path (being checked, returned, suspended, declined ...). */
  beside: { state: string; zh: string; en: string; since: string | null } | null
  /** How often it came back to a stage it had left. */
  back: number
}

type Detail = Pick<
  CaseDetail,
  'stages' | 'steps' | 'state' | 'state_zh' | 'state_en' | 'open' | 'urgent' | 'filed_at'
>

export function pathOf(detail: Detail): Path {
  const moves = detail.steps.filter((step) => step.before !== step.after)
  const onPath = detail.stages.some((stage) => stage.current)
  const last = detail.stages.findLastIndex((stage) => stage.done_at !== null || stage.current)
  const stages = detail.stages.map((stage, at): Stage => {
    // Dispatched first, filed afterwards: the state was never entered, yet the filing is done.
    const late = stage.state === 'filed' && !stage.done_at && detail.filed_at !== null
    const done_at = stage.done_at ?? (late ? detail.filed_at : null)
    const mark = markOf(stage, at, last, done_at !== null, onPath || detail.open)
    const by = mark === 'skipped' ? passedBy(detail.stages, at, moves) : null
    return {
      state: stage.state,
      name_zh: stage.name_zh,
      name_en: stage.name_en,
      at: done_at,
      mark,
      by,
      urgentFirst: mark === 'skipped' && stage.state === 'filed' && detail.urgent,
    }
  })
  const since = moves.at(-1)?.at ?? null
  const beside = onPath ? null : { state: detail.state, zh: detail.state_zh, en: detail.state_en, since }
  return { stages, beside, back: returnsOf(detail.stages, moves) }
}

function markOf(stage: StageOut, at: number, last: number, done: boolean, goesOn: boolean): StageMark {
  if (stage.current) return 'here'
  if (done) return 'done'
  if (at < last) return 'skipped'
  return goesOn ? 'ahead' : 'never'
}

/** The step that led from before a stage to behind it. */
function passedBy(stages: readonly StageOut[], at: number, moves: readonly StepOut[]): Stage['by'] {
  const behind = new Set(stages.slice(at + 1).map((stage) => stage.state))
  return moves.find((step) => behind.has(step.after)) ?? null
}

function returnsOf(stages: readonly StageOut[], moves: readonly StepOut[]): number {
  const place = new Map(stages.map((stage, at) => [stage.state, at]))
  let furthest = -1
  let back = 0
  for (const step of moves) {
    const at = place.get(step.after)
    if (at === undefined) continue
    if (at < furthest) back++
    furthest = at
  }
  return back
}
