/** The pages of the console. Those that are not needed for the first sight are fetched when they are opened. */
import type { RouteRecordRaw } from 'vue-router'

import OneMap from './OneMap.vue'

export const routes: RouteRecordRaw[] = [
  { path: '/login', name: 'login', component: () => import('./LoginPage.vue'), meta: { open: true } },
  { path: '/', name: 'map', component: OneMap },
  { path: '/desk', name: 'desk', component: () => import('./desk/DeskPage.vue') },
  { path: '/report', name: 'report', component: () => import('./desk/ReportPage.vue') },
  {
    path: '/shifts/:id(\\d+)/hand-over',
    name: 'hand-over',
    component: () => import('./desk/HandOverPage.vue'),
    props: true,
  },
  { path: '/cases', name: 'cases', component: () => import('./cases/CaseList.vue') },
  { path: '/cases/:id(\\d+)', name: 'case', component: () => import('./cases/CasePage.vue'), props: true },
  { path: '/posture', name: 'posture', component: () => import('./posture/PosturePage.vue') },
  { path: '/cameras', name: 'cameras', component: () => import('./cameras/CameraWall.vue') },
  { path: '/cameras/precision', name: 'precision', component: () => import('./cameras/PrecisionPage.vue') },
  {
    path: '/cameras/:code',
    name: 'camera',
    component: () => import('./cameras/CameraPage.vue'),
    props: true,
  },
  {
    path: '/cameras/:code/algorithms/:binding',
    name: 'binding',
    component: () => import('./cameras/BindingPage.vue'),
    props: true,
  },
  { path: '/trends', name: 'trends', component: () => import('./trends/TrendsPage.vue') },
  { path: '/replay', name: 'replay', component: () => import('./replay/NightsPage.vue') },
  { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./NowherePage.vue') },
]
