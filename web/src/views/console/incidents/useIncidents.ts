/** The cards of what is going on, live, with what this seat has just acknowledged already taken as noticed. */
import { computed, reactive, ref, watchEffect } from 'vue'

import { api, data, once } from '@/api/client'
import type { AlertRow } from '@/api/schema'
import { useLive, useRows } from '@/stores/live'
import { useSession } from '@/stores/session'

import { cardsOf, isLoud, type Card } from './cards'

/** Alerts acknowledged here whose rows have not come back yet. One set for all parts of the page. */
const noticed = reactive(new Set<number>())
const failure = ref<unknown>(null)

export function useIncidents() {
  const incidents = useRows('incident')
  const alerts = useRows('alert')
  const cases = useRows('case')
  const cards = computed(() => cardsOf(incidents.value, alerts.value, cases.value, noticed))
  const byId = computed(() => new Map(cards.value.map((card) => [card.id, card])))

  // Where the row itself has said so, the guess is no longer needed.
  watchEffect(() => {
    if (!noticed.size) return
    const loud = new Set(alerts.value.filter(isLoud).map((alert) => alert.id))
    for (const id of noticed) if (!loud.has(id)) noticed.delete(id)
  })
  return { cards, byId, alerts }
}

export function useAcknowledge() {
  const session = useSession()
  const live = useLive()

  const may = (card: Card): boolean => !live.replaying && session.may('alert.acknowledge', card.row.path)

  /** Shown as noticed at once, taken back if the server will not have it. */
  async function notice(ids: number[], send: () => Promise<unknown>): Promise<void> {
    for (const id of ids) noticed.add(id)
    failure.value = null
    try {
      await send()
    } catch (error) {
      for (const id of ids) noticed.delete(id)
      failure.value = error
    }
  }
  /** One key, one card: all of it that asks for notice. */
  async function acknowledge(card: Card): Promise<void> {
    if (card.loud === 0 || !may(card)) return
    const params = { path: { incident_id: card.id } }
    await notice(
      card.alerts.filter(isLoud).map((alert) => alert.id),
      () => data(api.POST('/api/alerts/incidents/{incident_id}/acknowledge', { params, headers: once() })),
    )
  }
  async function acknowledgeAlert(alert: AlertRow): Promise<void> {
    const params = { path: { alert_id: alert.id } }
    await notice([alert.id], () =>
      data(api.POST('/api/alerts/{alert_id}/acknowledge', { params, headers: once() })),
    )
  }
  return { acknowledge, acknowledgeAlert, may, failure }
}
