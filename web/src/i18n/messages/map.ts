import { words } from '../words'

export const map = words({ title: '城市地图' }, { title: 'Map of the city' })
