// A plain object as YAML: block mappings, flow lists of scalars, block lists of mappings.

const plain = /^[\w./~*][\w./:*\- ]*$/;
const scalar = (value) => (plain.test(String(value)) && !/: | #/.test(String(value)) ? String(value) : JSON.stringify(value));
const isMap = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** YAML lines for a mapping; keys whose value is undefined are left out. */
export function toYaml(object, indent = '') {
  let text = '';
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (isMap(value)) text += `${indent}${key}:\n${toYaml(value, `${indent}  `)}`;
    else if (Array.isArray(value) && value.some(isMap)) {
      text += `${indent}${key}:\n`;
      for (const item of value) text += `${indent}  - ${toYaml(item, `${indent}    `).trimStart()}`;
    } else if (Array.isArray(value)) text += `${indent}${key}: [${value.map(scalar).join(', ')}]\n`;
    else text += `${indent}${key}: ${scalar(value)}\n`;
  }
  return text;
}
