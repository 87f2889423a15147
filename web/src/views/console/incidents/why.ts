/** At which station of the way from a signal to a person a journal entry stands. Pure. */

export type Station = 'signal' | 'alert' | 'incident' | 'posture' | 'case' | 'message' | 'other'

const STATIONS: readonly [Station, RegExp][] = [
  ['signal', /^signals?\./],
  ['alert', /^(alert|rule)\./],
  ['incident', /^incident\./],
  ['posture', /^(posture|warning|response)\./],
  ['case', /^case\./],
  ['message', /^(message|duty|shift|people|handover)\./],
]

export const stationOf = (kind: string): Station =>
  STATIONS.find(([, test]) => test.test(kind))?.[0] ?? 'other'
