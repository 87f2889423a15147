import { alerts } from './alerts'
import { bindings } from './bindings'
import { camera } from './camera'
import { cameras } from './cameras'
import { cases } from './cases'
import { common } from './common'
import { desk } from './desk'
import { map } from './map'
import { posture } from './posture'
import { precision } from './precision'
import { replay } from './replay'
import { shell } from './shell'
import { trends } from './trends'

export const modules = {
  alerts,
  bindings,
  camera,
  cameras,
  cases,
  common,
  desk,
  map,
  posture,
  precision,
  replay,
  shell,
  trends,
}
