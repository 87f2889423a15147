import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'
import parser from 'vue-eslint-parser'

/** A layer may use those before it. What is live, and what draws the map, knows no page. */
const LAYERS = ['api', 'live', 'map', 'ui', 'stores', 'views']
const above = (layer) => LAYERS.slice(LAYERS.indexOf(layer) + 1).map((name) => `@/${name}/*`)

export default ts.config(
  { ignores: ['dist', 'src/api/schema.d.ts'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue', '**/*.ts'],
    languageOptions: { parser, parserOptions: { parser: ts.parser, sourceType: 'module' } },
    rules: {
      // TypeScript knows them better.
      'no-undef': 'off',
      'no-console': 'error',
      'vue/multi-word-component-names': 'off',
      // Prettier's business.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-indent': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  ...['api', 'live'].map((layer) => ({
    files: [`src/${layer}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: [...above(layer), 'vue', 'pinia'] }] },
  })),
  ...['map', 'ui'].map((layer) => ({
    files: [`src/${layer}/**/*.{ts,vue}`],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@/views/*'] }] },
  })),
)
