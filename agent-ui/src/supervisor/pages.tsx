export { BoardPage } from './board.tsx';
