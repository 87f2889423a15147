/**
 * The live points: a layer of our own in WebGL2, one draw call for all. It is drawn anew only when the map moves or a point
 * became another; values that leave it normal cost nothing.
 */
import type { Points } from '@/live/points'

import { lift } from '../look'
import { levelColour, rgb, type MapTokens } from '../tokens'
import { nearest, packPlaces, packStates, shifted, type Places } from './packing'

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_size;
uniform bool u_worse;
in vec2 a_place;
in float a_state;
flat out int v_state;
void main() {
  v_state = int(a_state + 0.5);
  bool worse = v_state > 1;
  gl_Position = worse == u_worse ? u_matrix * vec4(a_place, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = worse ? u_size * 2.6 : u_size;
}`

// A normal point is a disc, a silent one a ring, an abnormal one a diamond: colour is never the only sign.
const FRAGMENT = `#version 300 es
precision highp float;
uniform float u_size;
uniform vec3 u_colours[6];
uniform vec3 u_halo;
flat in int v_state;
out vec4 colour;
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  if (v_state > 1) {
    float d = abs(p.x) + abs(p.y);
    if (d > 1.0) discard;
    colour = vec4(d > 0.72 ? u_halo : u_colours[v_state], 1.0);
  } else {
    float d = dot(p, p);
    // From afar there is no room for a ring: a faint disc.
    if (d > 1.0 || (v_state == 0 && d < 0.36 && u_size > 4.5)) discard;
    float a = v_state > 0 ? 0.9 : u_size > 4.5 ? 0.8 : 0.45;
    colour = vec4(u_colours[v_state] * a, a);
  }
}`

/** What the map engine hands to a layer of one's own; only what is used here. */
interface RenderInput {
  defaultProjectionData: { mainMatrix: ArrayLike<number> }
}
interface Host {
  triggerRepaint(): void
  getZoom(): number
  getCanvas(): HTMLCanvasElement
}

/** Diameter of a normal point in CSS pixels at a zoom. */
export const pointSize = (zoom: number): number => Math.min(9, Math.max(2.4, 2.4 + (zoom - 13.5) * 1.5))

export class PointsLayer {
  readonly id = 'points'
  readonly type = 'custom' as const
  readonly renderingMode = '2d' as const
  /** How often it was drawn; the first time tells that the map is usable. */
  frames = 0
  /** How often new states went to the card. */
  uploads = 0
  shown = true
  private points: Points | null = null
  private places: Places = { origin: [0, 0], xy: new Float32Array() }
  private states = new Uint8Array()
  private host: Host | null = null
  private program: WebGLProgram | null = null
  private array: WebGLVertexArrayObject | null = null
  private buffers: [WebGLBuffer | null, WebGLBuffer | null] = [null, null]
  private matrix: ArrayLike<number> | null = null
  private dirty: 'nothing' | 'states' | 'places' = 'nothing'
  private colours = new Float32Array(18)
  private halo: [number, number, number] = [0, 0, 0]

  constructor(
    tokens: MapTokens,
    public scale = 1,
  ) {
    this.setLook(tokens, scale)
  }

  setLook(tokens: MapTokens, scale: number): void {
    const colours = [tokens.stale, tokens.point, ...[4, 3, 2, 1].map((level) => levelColour(tokens, level))]
    this.colours = Float32Array.from(colours.flatMap(rgb))
    this.halo = rgb(tokens.halo)
    this.scale = scale
    this.host?.triggerRepaint()
  }

  setShown(shown: boolean): void {
    if (shown === this.shown) return
    this.shown = shown
    this.host?.triggerRepaint()
  }

  /** Take what is live; asks for a frame only if a point looks different from before. */
  update(points: Points, now: number, levels: ReadonlyMap<string, number>): void {
    if (points !== this.points) {
      this.points = points
      this.places = packPlaces(points)
      this.states = new Uint8Array(points.count).fill(255)
      this.dirty = 'places'
    }
    if (!packStates(this.states, points, now, levels) && this.dirty !== 'places') return
    if (this.dirty === 'nothing') this.dirty = 'states'
    if (this.shown) this.host?.triggerRepaint()
  }

  get count(): number {
    return this.states.length
  }

  stateAt(place: number): number {
    return this.states[place] ?? 0
  }

  /** The point nearest to a place on the screen (CSS pixels), as its place in the table; -1 where there is none. */
  pick(at: readonly [number, number], reach = 8): number {
    const canvas = this.host?.getCanvas()
    if (!this.shown || !this.matrix || !canvas) return -1
    return nearest(
      this.places,
      this.states,
      this.matrix,
      [canvas.clientWidth, canvas.clientHeight],
      at,
      reach,
    )
  }

  onAdd(host: Host, gl: WebGL2RenderingContext): void {
    this.host = host
    const program = (this.program = gl.createProgram())
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
      const shader = gl.createShader(kind)!
      gl.shaderSource(shader, source)
      gl.compileShader(shader)
      gl.attachShader(program, shader)
      gl.deleteShader(shader)
    } // prettier-ignore
    gl.bindAttribLocation(program, 0, 'a_place')
    gl.bindAttribLocation(program, 1, 'a_state')
    gl.linkProgram(program)
    if (!gl.getProgramParameter(program, gl.LINK_STATUS))
      throw new Error(gl.getProgramInfoLog(program) ?? 'points')
    this.array = gl.createVertexArray()
    this.buffers = [gl.createBuffer(), gl.createBuffer()]
    gl.bindVertexArray(this.array)
    for (const n of [0, 1] as const) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[n])
      gl.enableVertexAttribArray(n)
      if (n === 0) gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0)
      else gl.vertexAttribPointer(1, 1, gl.UNSIGNED_BYTE, false, 0, 0)
    }
    gl.bindVertexArray(null)
    this.dirty = 'places'
  }

  onRemove(_host: Host, gl: WebGL2RenderingContext): void {
    gl.deleteProgram(this.program)
    gl.deleteVertexArray(this.array)
    for (const buffer of this.buffers) gl.deleteBuffer(buffer)
    this.host = null
  }

  render(gl: WebGL2RenderingContext, { defaultProjectionData }: RenderInput): void {
    this.matrix = Float64Array.from(defaultProjectionData.mainMatrix)
    if (!this.program || !this.host || !this.count) return
    this.upload(gl)
    this.frames++
    if (!this.shown) return
    const at = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(this.program!, name)
    const canvas = this.host.getCanvas()
    const ratio = canvas.width / Math.max(1, canvas.clientWidth)
    gl.useProgram(this.program)
    gl.uniformMatrix4fv(at('u_matrix'), false, new Float32Array(shifted(this.matrix, this.places.origin)))
    gl.uniform1f(at('u_size'), pointSize(this.host.getZoom() - lift(this)) * ratio * this.scale)
    gl.uniform3fv(at('u_colours'), this.colours)
    gl.uniform3fv(at('u_halo'), this.halo)
    gl.bindVertexArray(this.array)
    // First the many, then the few that matter, so that none of those is hidden.
    for (const worse of [0, 1]) {
      gl.uniform1i(at('u_worse'), worse)
      gl.drawArrays(gl.POINTS, 0, this.count)
    }
    gl.bindVertexArray(null)
  }

  private upload(gl: WebGL2RenderingContext): void {
    if (this.dirty === 'nothing') return
    if (this.dirty === 'places') {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[0])
      gl.bufferData(gl.ARRAY_BUFFER, this.places.xy, gl.STATIC_DRAW)
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[1])
    gl.bufferData(gl.ARRAY_BUFFER, this.states, gl.DYNAMIC_DRAW)
    this.dirty = 'nothing'
    this.uploads++
  }
}
