/** Marks of the map, drawn by the page in the theme's colours: no sprite is fetched. */
import { levelColour, type MapTokens } from './tokens'

export interface Mark {
  width: number
  height: number
  data: Uint8ClampedArray
}
type Pen = CanvasRenderingContext2D

/** Half width of each shape in a box of -1..1: diamond, triangle, square, disc for levels I to IV. */
function shape(pen: Pen, level: number, r: number): void {
  pen.beginPath()
  if (level === 1) for (const [x, y] of [[0, -1.1], [1.1, 0], [0, 1.1], [-1.1, 0]] as const) pen.lineTo(x * r, y * r)
  else if (level === 2) for (const [x, y] of [[0, -1.12], [1.12, 0.88], [-1.12, 0.88]] as const) pen.lineTo(x * r, y * r)
  else if (level === 3) pen.rect(-0.88 * r, -0.88 * r, 1.76 * r, 1.76 * r)
  else pen.arc(0, 0, r, 0, 2 * Math.PI)
  pen.closePath()
} // prettier-ignore

const NUMERAL = ['', 'Ⅰ', 'Ⅱ', 'Ⅲ', 'Ⅳ']

function write(pen: Pen, text: string, colour: string, size: number, y = 0): void {
  pen.font = `700 ${size}px 'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillStyle = colour
  pen.fillText(text, 0, y)
}

/** Filled while somebody must still acknowledge it, hollow once it has been seen. */
function incident(pen: Pen, tokens: MapTokens, level: number, fresh: boolean): void {
  const colour = levelColour(tokens, level)
  shape(pen, level, 12.5)
  pen.lineJoin = 'round'
  pen.strokeStyle = tokens.halo
  pen.lineWidth = 4
  pen.stroke()
  pen.fillStyle = fresh ? colour : tokens.raised
  pen.fill()
  pen.strokeStyle = colour
  pen.lineWidth = fresh ? 1 : 2.2
  pen.stroke()
  write(pen, NUMERAL[level] ?? '', fresh ? tokens.onLevel : colour, 12, level === 2 ? 2.5 : 0.5)
}

/** Little pictures within -6..6. */
const GLYPHS: Record<string, (pen: Pen) => void> = {
  camera: (pen) => {
    pen.rect(-5.5, -3, 7, 6)
    pen.moveTo(1.5, -0.6)
    pen.lineTo(5.5, -3)
    pen.lineTo(5.5, 3)
    pen.lineTo(1.5, 0.6)
  },
  counter: (pen) => {
    for (const x of [-2.6, 2.6]) {
      pen.moveTo(x + 1.6, -2.6)
      pen.arc(x, -2.6, 1.6, 0, 7)
      pen.moveTo(x - 2.4, 4)
      pen.arc(x, 4, 2.4, Math.PI, 0)
    }
  },
  exit: (pen) => {
    pen.rect(-4.5, -5, 6, 10)
    pen.moveTo(-1, 0)
    pen.lineTo(5.5, 0)
    pen.lineTo(3.2, -2.2)
    pen.moveTo(5.5, 0)
    pen.lineTo(3.2, 2.2)
  },
  gauge: (pen) => {
    pen.moveTo(0, -5.5)
    pen.bezierCurveTo(5, 0.5, 4, 4.8, 0, 4.8)
    pen.bezierCurveTo(-4, 4.8, -5, 0.5, 0, -5.5)
  },
  gate: (pen) => {
    pen.moveTo(-5.5, 5)
    pen.lineTo(-5.5, -2)
    pen.lineTo(5.5, -4)
    pen.moveTo(-5.5, 1)
    pen.lineTo(5.5, -1)
  },
  screen: (pen) => {
    pen.rect(-5.5, -4.5, 11, 7.5)
    pen.moveTo(-2.5, 5.2)
    pen.lineTo(2.5, 5.2)
  },
  cabinet: (pen) => {
    pen.rect(-4, -5.5, 8, 11)
    pen.moveTo(-4, -1.5)
    pen.lineTo(4, -1.5)
    pen.moveTo(-4, 2)
    pen.lineTo(4, 2)
  },
}
const PARKING = 'parking'

function asset(pen: Pen, tokens: MapTokens, kind: string, state: string): void {
  const fine = state === 'normal'
  const ink = state === 'alert' ? tokens.level2 : fine ? tokens.label : tokens.text
  pen.beginPath()
  pen.arc(0, 0, 10, 0, 2 * Math.PI)
  pen.fillStyle = tokens.raised
  pen.fill()
  pen.lineWidth = fine ? 1 : 1.8
  pen.setLineDash(state === 'silent' ? [3, 2.6] : [])
  pen.strokeStyle = state === 'alert' ? ink : tokens.stale
  pen.stroke()
  pen.setLineDash([])
  pen.strokeStyle = ink
  pen.lineWidth = 1.3
  if (kind === PARKING) write(pen, 'P', ink, 12, 0.5)
  else {
    pen.beginPath()
    ;(GLYPHS[kind] ?? ((other: Pen) => other.arc(0, 0, 3, 0, 7)))(pen)
    pen.stroke()
  }
  if (state !== 'out') return
  // Out of service: struck through.
  for (const [colour, width] of [[tokens.raised, 4], [tokens.text, 1.8]] as const) {
    pen.beginPath()
    pen.moveTo(-7, 7)
    pen.lineTo(7, -7)
    pen.strokeStyle = colour
    pen.lineWidth = width
    pen.stroke()
  } // prettier-ignore
}

function post(pen: Pen, tokens: MapTokens, manned: boolean): void {
  pen.beginPath()
  pen.arc(0, 0, 9.5, 0, 2 * Math.PI)
  pen.fillStyle = tokens.raised
  pen.fill()
  pen.lineWidth = 1.5
  pen.strokeStyle = manned ? tokens.manned : tokens.stale
  pen.setLineDash(manned ? [] : [3, 2.4])
  pen.stroke()
  pen.setLineDash([])
  pen.beginPath()
  pen.arc(0, -2.6, 2.4, 0, 2 * Math.PI)
  pen.moveTo(-4.4, 5)
  pen.arc(0, 5, 4.4, Math.PI, 0)
  pen.closePath()
  if (manned) {
    pen.fillStyle = tokens.manned
    pen.fill()
  } else pen.stroke()
}

export const STAGES = ['report', 'dispatch', 'sign', 'handle', 'check', 'hold'] as const
const LETTERS: Record<'zh' | 'en', Record<(typeof STAGES)[number], string>> = {
  zh: { report: '报', dispatch: '派', sign: '签', handle: '办', check: '核', hold: '挂' },
  en: { report: 'R', dispatch: 'D', sign: 'S', handle: 'H', check: 'C', hold: 'P' },
}

/** A sheet with the letter of its stage; its edge says whether its clock runs short (thick) or out (filled). */
function caseSheet(pen: Pen, tokens: MapTokens, letter: string, pace: string): void {
  pen.beginPath()
  pen.roundRect(-8.5, -9.5, 17, 19, 3)
  const late = pace === 'late'
  pen.fillStyle = late ? tokens.level1 : tokens.raised
  pen.fill()
  pen.lineWidth = pace === 'soon' ? 2.6 : 1.2
  pen.strokeStyle = late ? tokens.halo : pace === 'soon' ? tokens.level2 : tokens.label2
  pen.stroke()
  write(pen, letter, late ? tokens.onLevel : tokens.text, 11, 0.5)
}

const ASSET_KINDS = [...Object.keys(GLYPHS), PARKING, 'other']
export const ASSET_STATES = ['normal', 'out', 'silent', 'alert'] as const
export const assetMark = (kind: string): string => (ASSET_KINDS.includes(kind) ? kind : 'other')

/** Every mark by its name; `ratio` is pixels of the picture to a pixel of the page. */
export function drawMarks(tokens: MapTokens, language: 'zh' | 'en', ratio: number): Map<string, Mark> {
  const canvas = document.createElement('canvas')
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  const marks = new Map<string, Mark>()
  if (!pen) return marks
  const draw = (name: string, size: number, run: () => void): void => {
    const px = Math.round(size * ratio)
    canvas.width = canvas.height = px
    pen.setTransform(ratio, 0, 0, ratio, px / 2, px / 2)
    run()
    marks.set(name, { width: px, height: px, data: pen.getImageData(0, 0, px, px).data })
  }
  for (const level of [1, 2, 3, 4])
    for (const fresh of [true, false])
      draw(`incident-${level}-${fresh ? 'new' : 'seen'}`, 34, () => incident(pen, tokens, level, fresh))
  for (const kind of ASSET_KINDS)
    for (const state of ASSET_STATES)
      draw(`asset-${kind}-${state}`, 24, () => asset(pen, tokens, kind, state))
  for (const manned of [true, false])
    draw(manned ? 'post-manned' : 'post-unmanned', 22, () => post(pen, tokens, manned))
  for (const stage of STAGES)
    for (const pace of ['calm', 'soon', 'late'])
      draw(`case-${stage}-${pace}`, 22, () => caseSheet(pen, tokens, LETTERS[language][stage], pace))
  return marks
}
