import { words } from '../words'

export const desk = words({}, {})
