/** The parts of ECharts that are used, and how it takes our colours. Loaded with the pages that draw charts, not before. */
import { BarChart, LineChart } from 'echarts/charts'
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components'
import * as core from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

core.use([
  BarChart,
  LineChart,
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  CanvasRenderer,
])

export type Chart = core.ECharts
export type ChartOption = core.EChartsCoreOption

/** The value of one of the page's tokens, in the theme that holds. */
export const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** A theme from the page's tokens: axis lines, text and split lines do not follow a theme by themselves. */
export function themeFromTokens(): object {
  const axis = {
    axisLine: { lineStyle: { color: token('--line-strong') } },
    axisTick: { lineStyle: { color: token('--line-strong') } },
    axisLabel: { color: token('--text-2') },
    splitLine: { lineStyle: { color: token('--line') } },
    nameTextStyle: { color: token('--text-2') },
  }
  return {
    color: [token('--accent'), token('--ok'), token('--level-2'), token('--replay'), token('--text-3')],
    backgroundColor: 'transparent',
    textStyle: { color: token('--text'), fontFamily: token('--font') },
    legend: { textStyle: { color: token('--text-2') }, inactiveColor: token('--text-3') },
    tooltip: {
      backgroundColor: token('--bg-raised'),
      borderColor: token('--line-strong'),
      textStyle: { color: token('--text') },
    },
    categoryAxis: axis,
    valueAxis: axis,
    timeAxis: axis,
  }
}

export function draw(element: HTMLElement): Chart {
  return core.init(element, themeFromTokens(), { renderer: 'canvas' })
}
