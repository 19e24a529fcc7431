export { CustomerPage, CustomersPage } from './customers-page.tsx';
