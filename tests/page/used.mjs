// `node used.mjs BUNDLE.js` prints what a script takes from its platform: {globals, members, patterns}, each sorted.
// It is read as ES2018. `members` are the names behind a dot and in destructuring, ours among them.

import { readFileSync } from 'node:fs';

import { parse } from '../../tools/page/node_modules/acorn/dist/acorn.mjs';

const tree = parse(readFileSync(process.argv[2], 'utf-8'), { ecmaVersion: 2018, sourceType: 'script' });
const [declared, read, members, patterns] = [new Set(), new Set(), new Set(), new Set()];

function declare(pattern) {
  if (!pattern) return;
  const { type } = pattern;
  if (type === 'Identifier') declared.add(pattern.name);
  else if (type === 'ObjectPattern') pattern.properties.forEach((each) => declare(each.value || each.argument));
  else if (type === 'ArrayPattern') pattern.elements.forEach(declare);
  else declare(pattern.left || pattern.argument);
}

function visit(node, parent, key) {
  if (Array.isArray(node)) return node.forEach((each) => visit(each, parent, key));
  if (node === null || typeof node !== 'object' || typeof node.type !== 'string') return undefined;
  if (node.type === 'VariableDeclarator') declare(node.id);
  if (/Function|^Class/.test(node.type)) declare(node.id);
  if (/Function/.test(node.type)) node.params.forEach(declare);
  if (node.type === 'CatchClause') declare(node.param);
  if (node.type === 'Literal' && node.regex) patterns.add(`/${node.regex.pattern}/${node.regex.flags}`);
  if (node.type === 'Identifier') {
    const isName = !parent.computed && (key === 'property' || (key === 'key' && !parent.shorthand));
    if (isName && (key === 'property' || parent.isOfPattern)) members.add(node.name);
    if (!isName) read.add(node.name);
  }
  if (node.type === 'ObjectPattern') {
    for (const each of node.properties) if (each.key && !each.computed) members.add(each.key.name || each.key.value);
  }
  return Object.keys(node).forEach((each) => each !== 'type' && visit(node[each], node, each));
}

visit(tree, {}, '');
const globals = [...read].filter((name) => !declared.has(name));
console.log(JSON.stringify({ globals: globals.sort(), members: [...members].sort(), patterns: [...patterns].sort() }));
