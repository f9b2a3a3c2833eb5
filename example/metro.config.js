const { join } = require('node:path');
const { getDefaultConfig, mergeConfig } = require('@react-native/metro-config');

const root = join(__dirname, '..');
const library = require('../package.json');

/** The library's source, as its `exports` names it: no second copy in node_modules, no build before a change shows. */
function source(moduleName) {
  const entry = library.exports[moduleName.replace(library.name, '.')];
  return entry && join(root, entry[`${library.name}-source`]);
}

module.exports = mergeConfig(getDefaultConfig(__dirname), {
  projectRoot: __dirname,
  watchFolders: [join(root, 'src'), join(root, 'node_modules')],
  resolver: {
    nodeModulesPaths: [join(root, 'node_modules')],
    resolveRequest: (context, moduleName, platform) => {
      const isLibrary = moduleName === library.name || moduleName.startsWith(`${library.name}/`);
      const filePath = isLibrary && source(moduleName);
      return filePath ? { type: 'sourceFile', filePath } : context.resolveRequest(context, moduleName, platform);
    },
  },
});
