/** What a person does with alerts, each intent with a key of its own so that a retry is not a second deed. */
import { ref } from 'vue'

import { api, data, once } from '@/api/client'
import type { AlertRow, CaseChoice, ReportedOut } from '@/api/schema'
import { useLive } from '@/stores/live'

export type Verdict = 'true' | 'false' | 'duplicate' | 'nothing_to_do'

export function useDeed() {
  const busy = ref(false)
  const error = ref<unknown>(null)
  /** Run it once; says whether it was done. What is refused stays to be read. */
  async function run<T>(deed: () => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    error.value = null
    try {
      return await deed()
    } catch (refused) {
      error.value = refused
      return undefined
    } finally {
      busy.value = false
    }
  }
  return { busy, error, run }
}

const path = (alert_id: number) => ({ path: { alert_id } })

export async function judgeAll(
  ids: readonly number[],
  verdict: Verdict,
  duplicateOf: number | null,
): Promise<true> {
  for (const id of ids)
    await data(
      api.POST('/api/alerts/{alert_id}/judge', {
        params: path(id),
        headers: once(),
        body: { verdict, duplicate_of: verdict === 'duplicate' ? duplicateOf : null },
      }),
    )
  return true
}

export async function shelveAll(ids: readonly number[], reason: string, minutes: number): Promise<true> {
  const until = new Date(useLive().now + minutes * 60_000).toISOString()
  for (const id of ids)
    await data(
      api.POST('/api/alerts/{alert_id}/shelve', {
        params: path(id),
        headers: once(),
        body: { reason, until },
      }),
    )
  return true
}

export const unshelve = (id: number): Promise<unknown> =>
  data(api.POST('/api/alerts/{alert_id}/unshelve', { params: path(id), headers: once() }))

/** A case from alerts, standing where the gravest of them does. */
export function reportCase(
  choice: Pick<CaseChoice, 'kind' | 'condition'>,
  alerts: readonly AlertRow[],
  description: string,
): Promise<ReportedOut> {
  const first = alerts[0]!
  return data(
    api.POST('/api/cases', {
      headers: once(),
      body: {
        kind: choice.kind,
        condition: choice.condition,
        area: first.area,
        asset: first.asset,
        lon: first.lon,
        lat: first.lat,
        source: first.camera ? 'camera' : 'sensor',
        source_ref: `alert:${first.id}`,
        description,
        alert_ids: alerts.map((alert) => alert.id),
      },
    }),
  ) as Promise<ReportedOut>
}

/** Bring an incident's alerts into another one: the same matter after all. */
export const regroup = (into: number, alerts: number[]): Promise<unknown> =>
  data(
    api.POST('/api/alerts/incidents/{incident_id}/regroup', {
      params: { path: { incident_id: into } },
      headers: once(),
      body: { alerts },
    }),
  )
