import { words } from '../words'

export const trends = words({}, {})
