import { describe, expect, it } from 'vitest'

import { cardsOf, filtered, hiddenCounts, mainAlert, NO_FILTERS } from './cards'
import { arrange, before } from './order'
import { alert, incident } from './rows.fixture'

const byId = (cards: ReturnType<typeof cardsOf>) => new Map(cards.map((card) => [card.id, card]))

describe('cards', () => {
  it('take what this seat has acknowledged as noticed, and never more than that', () => {
    const rows = [incident(1, { unacknowledged: 2, alerts: 2 })]
    const alerts = [alert(10, { incident: 1 }), alert(11, { incident: 1 })]
    expect(cardsOf(rows, alerts, [])[0]!.state).toBe('unacknowledged')
    expect(cardsOf(rows, alerts, [], new Set([10, 11]))[0]!.state).toBe('acknowledged')
    // A new alarm that joined meanwhile asks for notice of its own.
    const [card] = cardsOf([incident(1, { unacknowledged: 1 })], [alert(10, { incident: 1, state: 'acknowledged' }), alert(12, { incident: 1 })], [], new Set([10, 11])) // prettier-ignore
    expect([card!.loud, card!.state]).toEqual([1, 'unacknowledged'])
  })
  it('are watched when nothing in them is open any more, and ended when they are closed', () => {
    const states = cardsOf([incident(1), incident(2, { open: false })], [], []).map((card) => card.state)
    expect(states).toEqual(['settling', 'ended'])
  })
  it('show the number of the gravest alert that is not hidden', () => {
    const hidden = alert(1, { level: 1, measure: 9, unit: 'person', hidden: 'shelved' })
    const bare = alert(2, { level: 2 })
    const counted = alert(3, { level: 2, measure: 5, unit: 'person' })
    expect(mainAlert([hidden, bare, counted])?.id).toBe(3)
    expect(mainAlert([hidden])?.id).toBe(1)
    expect(mainAlert([])).toBeUndefined()
  })
  it('are hidden only when all that is open in them is, and stay reachable', () => {
    const cards = cardsOf(
      [incident(1), incident(2), incident(3)],
      [
        alert(10, { incident: 1, hidden: 'shelved' }),
        alert(11, { incident: 1, hidden: 'suppressed' }),
        alert(20, { incident: 2, hidden: 'suppressed' }),
        alert(21, { incident: 2 }),
        alert(30, { incident: 3, hidden: 'shelved', open: false, state: 'closed' }),
      ],
      [],
    )
    expect(cards.map((card) => card.hidden)).toEqual(['shelved', '', ''])
    expect(filtered(cards, NO_FILTERS).map((card) => card.id)).toEqual([2, 3])
    expect(filtered(cards, { ...NO_FILTERS, hidden: 'suppressed' }).map((card) => card.id)).toEqual([1, 2])
    expect(hiddenCounts(cards.flatMap((card) => card.alerts))).toEqual({
      shelved: 1,
      suppressed: 2,
      out_of_service: 0,
    })
  })
  it('stand where their alerts do', () => {
    const [one, two] = cardsOf(
      [incident(1, { area: 'ryh' }), incident(2, { area: 'ryh' })],
      [alert(10, { incident: 1 }), alert(20, { incident: 2 }), alert(21, { incident: 2, area: 'd-02' })],
      [],
    )
    expect([one!.at.area, two!.at.area]).toEqual(['d-01', 'ryh'])
  })
})

describe('order', () => {
  const at = (minute: number): string => `2023-12-31T10:${String(minute).padStart(2, '0')}:00Z`
  const rows = [
    incident(1, { level: 1, unacknowledged: 0, opened_at: at(1) }),
    incident(2, { level: 4, unacknowledged: 1, opened_at: at(2) }),
    incident(3, { level: 2, unacknowledged: 1, opened_at: at(3) }),
    incident(4, { level: 2, unacknowledged: 1, opened_at: at(4) }),
  ]
  const alerts = [alert(9, { incident: 1, state: 'acknowledged' })]

  it('puts what nobody has noticed first, then the graver, then the newer', () => {
    expect(
      cardsOf(rows, alerts, [])
        .sort(before)
        .map((card) => card.id),
    ).toEqual([4, 3, 2, 1])
  })
  it('holds still: nothing moves or goes, what is new waits, what is known is newer', () => {
    const held = [3, 2, 1]
    const later = cardsOf([...rows, incident(5, { level: 1, unacknowledged: 1 })], alerts, [])
    const ended = later.map((card) => (card.id === 2 ? { ...card, state: 'ended' as const } : card))
    const shown = arrange(filtered(ended, NO_FILTERS), byId(ended), held)
    expect(shown.cards.map((card) => [card.id, card.state])).toEqual([
      [3, 'unacknowledged'],
      [2, 'ended'],
      [1, 'acknowledged'],
    ])
    expect(shown.waiting.map((card) => card.id)).toEqual([5, 4])
    expect(arrange(filtered(ended, NO_FILTERS), byId(ended), null).cards.map((card) => card.id)).toEqual([
      5, 4, 3, 1,
    ])
  })
})
