import IconCheck from '@tabler/icons-react/icons/IconCheck';
import { Menu as MantineMenu } from '@mantine/core';
import { useState, type ComponentProps, type ReactElement, type ReactNode } from 'react';
import { Icon, type IconType } from '../ui/icon';
import './menu.css';
import css from './layers.module.css';

export interface MenuEntry {
  key: string;
  label: ReactNode;
  icon?: IconType;
  danger?: boolean;
  checked?: boolean;
  disabled?: boolean;
  onSelect: () => void;
}
export type MenuGroup = { label?: string; entries: readonly MenuEntry[] };

interface MenuProps {
  target: ReactElement;
  groups: readonly MenuGroup[];
  defaultOpened?: boolean;
  position?: ComponentProps<typeof MantineMenu>['position'];
  width?: number;
}

export function Menu({ target, groups, defaultOpened = false, position = 'bottom-end', width = 240 }: MenuProps) {
  const [opened, setOpened] = useState(defaultOpened);
  return (
    <MantineMenu
      opened={opened}
      onChange={setOpened}
      position={position}
      width={width}
      classNames={{ dropdown: css.menu, item: css.item, label: css.label, divider: css.divider }}
    >
      <MantineMenu.Target>{target}</MantineMenu.Target>
      <MantineMenu.Dropdown>
        {groups.map((group, index) => (
          <div key={group.label ?? index} role="group" aria-label={group.label}>
            {index > 0 && <MantineMenu.Divider />}
            {group.label !== undefined && <MantineMenu.Label>{group.label}</MantineMenu.Label>}
            {group.entries.map((entry) =>
              entry.checked === undefined ? (
                <MantineMenu.Item
                  key={entry.key}
                  disabled={entry.disabled}
                  className={entry.danger ? css.danger : undefined}
                  leftSection={entry.icon && <Icon of={entry.icon} />}
                  onClick={entry.onSelect}
                >
                  {entry.label}
                </MantineMenu.Item>
              ) : (
                // One of several: the chosen one carries the mark and says so.
                <MantineMenu.RadioItem
                  key={entry.key}
                  value={entry.key}
                  checked={entry.checked}
                  closeMenuOnClick
                  checkIcon={<Icon of={IconCheck} />}
                  onChange={entry.onSelect}
                >
                  <span className={css.choice}>
                    {entry.icon && <Icon of={entry.icon} />}
                    {entry.label}
                  </span>
                </MantineMenu.RadioItem>
              ),
            )}
          </div>
        ))}
      </MantineMenu.Dropdown>
    </MantineMenu>
  );
}
