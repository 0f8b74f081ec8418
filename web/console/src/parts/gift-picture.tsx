import { GiftOutlined } from '@ant-design/icons';
import './gift-picture.css';

/** The picture of a gift, or a sign where it has none. Its name stands beside it, so it says nothing to a screen reader. */
export function GiftPicture({ id, large = false }: { id: string | null | undefined; large?: boolean }) {
  return (
    <span className={large ? 'gift-picture gift-picture-large' : 'gift-picture'} aria-hidden="true">
      {id ? <img src={`/api/v1/pictures/${encodeURIComponent(id)}`} alt="" loading="lazy" /> : <GiftOutlined />}
    </span>
  );
}
