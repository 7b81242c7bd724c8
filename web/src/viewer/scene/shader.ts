/** The shaders of all surfaces. Colours stay sRGB: a face that looks at the viewer has exactly its colour. */

export const VERTEX = /* glsl */ `
precision highp float;
precision highp int;
precision highp usampler2D;

uniform mat4 modelViewMatrix;
uniform mat4 projectionMatrix;
uniform mat4 modelMatrix;
uniform usampler2D states;
uniform bool ghostPass;
uniform vec3 selection;

in vec3 position;
in vec4 colour;
in uint element;
#ifdef INSTANCED
in vec4 row0;
in vec4 row1;
in vec4 row2;
#endif
#ifdef NORMALS
in vec3 normal;
uniform mat3 normalMatrix;
out vec3 vNormal;
#endif
#ifdef TEXTURED
in vec2 uv;
out vec2 vUv;
#endif

out vec4 vColour;
out vec3 vView;
#ifdef CUT
out vec3 vScene;
#endif

const uint HIDDEN = 1u;
const uint GHOST = 2u;
const uint SELECTED = 4u;
const uint COLOURED = 8u;

void main() {
  uvec4 state = texelFetch(states, ivec2(int(element % 1024u), int(element / 1024u)), 0);
  bool ghost = (state.a & GHOST) != 0u;
  if ((state.a & HIDDEN) != 0u || ghost != ghostPass) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  vec4 place = vec4(position, 1.0);
#ifdef INSTANCED
  place = vec4(dot(row0, place), dot(row1, place), dot(row2, place), 1.0);
#endif
#ifdef NORMALS
  vec3 direction = normal;
#ifdef INSTANCED
  vec3 x = vec3(row0.x, row1.x, row2.x);
  vec3 y = vec3(row0.y, row1.y, row2.y);
  vec3 z = vec3(row0.z, row1.z, row2.z);
  direction = cross(y, z) * normal.x + cross(z, x) * normal.y + cross(x, y) * normal.z;
#endif
  vNormal = normalMatrix * direction;
#endif
#ifdef TEXTURED
  vUv = uv;
#endif
  vColour = colour;
  if ((state.a & COLOURED) != 0u) vColour = vec4(vec3(state.rgb) / 255.0, max(colour.a, 0.7));
  if (ghostPass) vColour = vec4(mix(vColour.rgb, vec3(0.55), 0.6), 0.1);
  if ((state.a & SELECTED) != 0u) {
    vColour = vec4(mix(vColour.rgb, selection, 0.8), ghostPass ? 0.5 : max(vColour.a, 0.8));
  }
  vec4 view = modelViewMatrix * place;
  vView = view.xyz;
#ifdef CUT
  vScene = (modelMatrix * place).xyz;
#endif
  gl_Position = projectionMatrix * view;
}
`;

export const FRAGMENT = /* glsl */ `
precision highp float;
precision highp int;

uniform mat4 viewMatrix;
#ifdef CUT
uniform vec4 clipping[6];
uniform int clippingCount;
#endif
#ifdef TEXTURED
uniform sampler2D map;
in vec2 vUv;
#endif
#ifdef NORMALS
in vec3 vNormal;
#endif

in vec4 vColour;
in vec3 vView;
#ifdef CUT
in vec3 vScene;
#endif
out vec4 result;

void main() {
#ifdef CUT
  for (int i = 0; i < clippingCount; i++) {
    if (dot(vScene, clipping[i].xyz) < clipping[i].w) discard;
  }
#endif
  vec4 colour = vColour;
#ifdef TEXTURED
  colour *= texture(map, vUv);
  if (colour.a < 0.02) discard;
#endif
#ifdef LIT
#ifdef NORMALS
  vec3 direction = normalize(gl_FrontFacing ? vNormal : -vNormal);
#else
  vec3 direction = normalize(cross(dFdx(vView), dFdy(vView)));
#endif
  float light = 0.62 + 0.38 * max(dot(direction, vec3(0.267, 0.445, 0.855)), 0.0);
  light += 0.1 * dot(direction, viewMatrix[2].xyz);
  colour.rgb *= min(light, 1.0);
#endif
#ifdef CUT
  if (!gl_FrontFacing) colour.rgb *= 0.7;
#endif
  result = colour;
}
`;
