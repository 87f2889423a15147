import { words } from '../words'

export const cases = words({}, {})
