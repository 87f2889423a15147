import { words } from '../words'

export const posture = words({}, {})
