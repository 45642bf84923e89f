import { useMantineColorScheme } from '@mantine/core';
import { t } from '../../lib/i18n';
import { Choice } from '../../components/form/inputs';
import { Row } from '../../components/ui/layout';

/** Dark follows the system until chosen. */
export function SchemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div style={{ paddingBlock: 12 }} role="radiogroup" aria-label={t('account.theme')}>
      <Row>
        {(['auto', 'light', 'dark'] as const).map((scheme) => (
          <Choice
            key={scheme}
            type="radio"
            name="scheme"
            label={t(`theme.${scheme}`)}
            checked={colorScheme === scheme}
            onChange={() => setColorScheme(scheme)}
          />
        ))}
      </Row>
    </div>
  );
}
