import { words } from '../words'

export const map = words({}, {})
