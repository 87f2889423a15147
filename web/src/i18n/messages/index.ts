import { alerts } from './alerts'
import { bindings } from './bindings'
import { cameras } from './cameras'
import { cases } from './cases'
import { common } from './common'
import { desk } from './desk'
import { map } from './map'
import { posture } from './posture'
import { replay } from './replay'
import { shell } from './shell'
import { trends } from './trends'

export const modules = { alerts, bindings, cameras, cases, common, desk, map, posture, replay, shell, trends }
