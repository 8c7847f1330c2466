/** What a packed manifest leaves out: it would name what is only in the repository. */
module.exports = {
  hooks: {
    beforePacking({ devDependencies: _dev, scripts: _scripts, exports, ...manifest }) {
      for (const entry of Object.values(exports)) delete entry['@countersign/source']
      return { ...manifest, exports }
    },
  },
}
