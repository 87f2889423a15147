import { describe, expect, it } from 'vitest'

import { alarmOf, newlyGrave } from './alarm'
import { cardsOf } from './cards'
import { CALM, folded, grouped, judge, placeOf, recent } from './flood'
import { alert, incident } from './rows.fixture'
import { stationOf } from './why'

const NOW = Date.parse('2023-12-31T10:10:00Z')
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString()

describe('flood', () => {
  it('counts what a person was asked to see in the latest ten minutes', () => {
    const alerts = [
      alert(1, { opened_at: at(0) }),
      alert(2, { opened_at: at(599) }),
      alert(3, { opened_at: at(600) }),
      alert(4, { opened_at: at(10), hidden: 'suppressed' }),
      alert(5, { opened_at: at(10), open: false, state: 'closed' }),
      alert(6, { opened_at: at(-60) }),
    ]
    expect(recent(alerts, NOW)).toBe(3)
  })
  it('begins above the limit, shows itself, can be left, and is over well below', () => {
    expect(judge(CALM, 10)).toEqual(CALM)
    const begun = judge(CALM, 10.5)
    expect(begun).toEqual({ flooding: true, shown: true })
    const left = { ...begun, shown: false }
    expect(judge(left, 30)).toEqual(left)
    expect(judge(begun, 8)).toEqual(begun)
    expect(judge(left, 5)).toEqual(CALM)
    expect(judge(CALM, 4, 3).flooding).toBe(true)
  })
  it('groups by place and cause, never folds levels I and II, and loses no card', () => {
    const path = (grid: string) => ({ path: `/ryh/${grid}/x/`, unacknowledged: 1 })
    const cards = cardsOf(
      [
        incident(1, { ...path('g2-01'), level: 4, alerts: 2 }),
        incident(2, { ...path('g2-01'), level: 3 }),
        incident(3, { ...path('g2-01'), level: 2 }),
        incident(4, { ...path('g2-01'), level: 4, cause: 'equipment@asset:x' }),
        incident(5, { ...path('g2-02'), level: 1 }),
        incident(6, { ...path('g2-01'), level: 4 }),
      ],
      [],
      [],
    )
    const groups = grouped(cards)
    expect(groups.map((group) => group.key)).toEqual(['g2-02|crowd', 'g2-01|crowd', 'g2-01|equipment'])
    const crowd = groups[1]!
    expect(crowd.grave.map((card) => card.id)).toEqual([3])
    expect(folded(crowd)).toEqual([
      [3, 1],
      [4, 2],
    ])
    expect([crowd.level, crowd.alerts, crowd.loud]).toEqual([2, 5, 4])
    expect(
      groups
        .flatMap((group) => [...group.grave, ...group.minor])
        .map((card) => card.id)
        .sort(),
    ).toEqual([1, 2, 3, 4, 5, 6])
    expect([placeOf('/ryh/'), placeOf('/ryh/g2-01/g3-02/')]).toEqual(['ryh', 'g2-01'])
  })
})

describe('alarm', () => {
  it('is the gravest of what is open and unacknowledged', () => {
    const rows = [
      incident(1, { level: 1, unacknowledged: 3, open: false }),
      incident(2, { level: 1 }),
      incident(3, { level: 3, unacknowledged: 2 }),
      incident(4, { level: 2, unacknowledged: 1 }),
    ]
    expect(alarmOf(rows)).toEqual({ gravest: rows[3], loud: 3 })
    expect(alarmOf([])).toEqual({ gravest: null, loud: 0 })
  })
  it('tells each grave one once, again when it grows graver or asks again', () => {
    const told = new Map<number, number>()
    const ids = (level: number, unacknowledged: number): number[] =>
      newlyGrave([incident(1, { level, unacknowledged })], told).map((row) => row.id)
    expect([ids(3, 1), ids(2, 1), ids(2, 2), ids(1, 2), ids(1, 0), ids(1, 1)]).toEqual([
      [],
      [1],
      [],
      [1],
      [],
      [1],
    ])
  })
})

it('each entry of the chain stands at a station', () => {
  expect(
    [
      'signals.late',
      'alert.opened',
      'incident.opened',
      'posture.declared',
      'case.moved',
      'message.sent',
      'x',
    ].map(stationOf),
  ).toEqual(['signal', 'alert', 'incident', 'posture', 'case', 'message', 'other'])
})
