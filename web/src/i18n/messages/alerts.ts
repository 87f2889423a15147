import { words } from '../words'

export const alerts = words({}, {})
