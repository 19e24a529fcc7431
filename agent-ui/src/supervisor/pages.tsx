export { ActsPage } from './acts-page.tsx';
export { BoardPage } from './board.tsx';
