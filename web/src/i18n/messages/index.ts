import { alerts } from './alerts'
import { cases } from './cases'
import { common } from './common'
import { desk } from './desk'
import { map } from './map'
import { posture } from './posture'
import { replay } from './replay'
import { shell } from './shell'
import { trends } from './trends'

export const modules = { alerts, cases, common, desk, map, posture, replay, shell, trends }
