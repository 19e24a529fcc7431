import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Blue of the instrument: 6 is the light theme's action colour (5.5:1 on white), 8 the dark theme's filled one. */
const steel: MantineColorsTuple = [
  '#eaf2fb',
  '#d3e2f3',
  '#a6c4e6',
  '#76a4d8',
  '#5089cc',
  '#2f74bf',
  '#1b65b0',
  '#155391',
  '#124a82',
  '#0b3a69',
];

/** Mantine's own greys are warm; the instrument's are those of app.css. */
const dark: MantineColorsTuple = [
  '#e4e9ee',
  '#c3ccd5',
  '#9aa7b4',
  '#6d7a87',
  '#343d47',
  '#2a323b',
  '#20272f',
  '#1a2027',
  '#12171c',
  '#0d1115',
];

export const theme = createTheme({
  primaryColor: 'steel',
  primaryShade: { light: 6, dark: 6 },
  colors: { steel, dark },
  fontFamily: 'Inter, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", system-ui, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono", "DejaVu Sans Mono", ui-monospace, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '6px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    Table: { defaultProps: { verticalSpacing: 4, horizontalSpacing: 8, fz: 'sm' } },
    // Instant: a menu that fades in costs an agent a quarter of a second each time.
    Menu: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'md' } },
    Popover: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'md' } },
    Tooltip: { defaultProps: { openDelay: 300, transitionProps: { duration: 0 } } },
    Modal: { defaultProps: { transitionProps: { duration: 0 } } },
    Drawer: { defaultProps: { transitionProps: { duration: 0 } } },
  },
});
